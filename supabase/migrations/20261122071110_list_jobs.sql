-- The jobs themselves: one by one for the table and its download, and side by side by what they have in common.
create function public.list_jobs(
  p_start timestamptz, p_end timestamptz, p_model text, p_user_id text, p_before bigint, p_limit integer
) returns setof public.job_details
language plpgsql stable set search_path = '' as $$
begin
  perform set_config('plan_cache_mode', 'force_custom_plan', true); -- as in read_statistics
  return query select * from public.job_details j
  where j.belongs_at >= p_start and j.belongs_at < p_end and (p_before is null or j.id < p_before)
    and (p_model is null or j.model = p_model) and (p_user_id is null or j.user_id = p_user_id)
  order by j.id desc limit least(p_limit, 1000);
end
$$;
comment on function public.list_jobs(timestamptz, timestamptz, text, text, bigint, integer) is
  'Up to p_limit jobs of [p_start, p_end), the newest id first, before p_before. By id: a job that moves on is neither missed nor met twice.';

create function public.list_job_groups(p_by text, p_start timestamptz, p_end timestamptz, p_model text, p_user_id text)
returns table (name text, jobs bigint, completed bigint, failed bigint, cancelled bigint, video_seconds double precision,
  execution_p50_ms double precision, billed_usd double precision, estimated_usd double precision, unknown_cost_jobs bigint)
language plpgsql stable set search_path = '' as $$
begin
  perform set_config('plan_cache_mode', 'force_custom_plan', true); -- as in read_statistics
  return query select k.name, count(*), count(*) filter (where j.outcome = 'completed'),
    count(*) filter (where j.outcome = 'failed'), count(*) filter (where j.outcome = 'cancelled'),
    coalesce(sum(j.video_seconds) filter (where j.outcome = 'completed'), 0)::double precision,
    percentile_cont(0.5) within group (order by j.execution_ms) filter (where j.outcome = 'completed'),
    (sum(j.cost_usd) filter (where j.cost_kind = 'billed'))::double precision,
    (sum(j.cost_usd) filter (where j.cost_kind = 'estimated'))::double precision, count(*) filter (where j.cost_unknown)
  from public.job_details j cross join lateral (select case p_by
      when 'model' then j.model when 'endpoint' then j.endpoint when 'user' then j.user_id when 'worker' then j.worker_id
      when 'settings' then concat_ws(', ', j.width || ' × ' || j.height, j.frames || ' frames', j.steps || ' steps')
      when 'hour' then to_char(j.belongs_at at time zone 'UTC', 'HH24:00') end) as k (name)
  where j.belongs_at >= p_start and j.belongs_at < p_end
    and (p_model is null or j.model = p_model) and (p_user_id is null or j.user_id = p_user_id)
  group by k.name order by 2 desc, 1 limit 1000;
end
$$;
comment on function public.list_job_groups(text, timestamptz, timestamptz, text, text) is
  'Jobs of [p_start, p_end) by model, endpoint, user, worker, settings or hour of the day (UTC), the most frequent first.';

revoke all on function public.list_jobs(timestamptz, timestamptz, text, text, bigint, integer),
  public.list_job_groups(text, timestamptz, timestamptz, text, text) from public, anon, authenticated;
grant execute on function public.list_jobs(timestamptz, timestamptz, text, text, bigint, integer),
  public.list_job_groups(text, timestamptz, timestamptz, text, text) to service_role;

notify pgrst, 'reload schema';
