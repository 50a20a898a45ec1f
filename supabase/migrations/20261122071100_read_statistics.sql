-- The numbers of the statistics page, computed where the rows are. A job is a row of attempts, a clip a row of videos.
-- What is finished belongs to the period in which it finished, what is not to the one in which it was submitted.
create view public.job_details with (security_invoker = true) as
select
  a.id, a.video_id, a.number, a.user_id, a.model, a.endpoint, a.width, a.height, a.frames, a.fps, a.steps, a.rate_usd,
  a.state, a.error_kind, a.error, a.error_group, a.job_id, a.created_at, a.submitted_at, a.started_at, a.finished_at,
  a.delay_ms, a.execution_ms, a.worker_id, a.cost_usd, a.cost_kind,
  coalesce(a.finished_at, a.submitted_at, a.created_at) as belongs_at,
  case when a.state = 'failed' and a.error_kind = 'cancelled' then 'cancelled' else a.state end as outcome,
  -- over and RunPod had it, or given up without an answer: it may have cost something
  a.cost_usd is null and (a.state = 'superseded' or (a.finished_at is not null and a.job_id is not null)) as cost_unknown,
  coalesce(v.duration_seconds, a.frames / a.fps) as video_seconds,
  v.prompt
from public.attempts a left join public.videos v on v.id = a.video_id;
comment on view public.job_details is 'A job with its outcome, the moment it is counted at, and the length of its clip.';
revoke all on public.job_details from public, anon, authenticated;
grant select on public.job_details to service_role;

create index attempts_in_period on public.attempts ((coalesce(finished_at, submitted_at, created_at)));
create index attempts_retried on public.attempts (video_id) where number > 1;
-- These two hold all that is counted, so that the wide rows themselves are not read.
create index videos_in_statistics on public.videos ((coalesce(finished_at, created_at)))
  include (id, finished_at, created_at, stored_at, status, error_kind, model, user_id, rating, starred);
create index videos_measured on public.videos (id) include (duration_seconds);

create function public.describe_spread(p_count bigint, p_percentiles double precision[]) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('n', p_count, 'p50', p_percentiles[1], 'p90', p_percentiles[2],
    'p95', case when p_count >= 20 then p_percentiles[3] end, 'p99', case when p_count >= 100 then p_percentiles[4] end);
$$;
comment on function public.describe_spread(bigint, double precision[]) is
  'Percentiles 50, 90, 95 and 99 by name, and how many values they stand on; 95 is null under 20 values, 99 under 100.';

create function public.sum_jobs(p_slot interval, p_start timestamptz, p_end timestamptz, p_model text, p_user_id text)
returns table (level text, at timestamptz, model text, jobs bigint, active bigint, completed bigint, failed bigint,
  cancelled bigint, superseded bigint, video_seconds double precision, execution_ms bigint, billed_usd double precision,
  estimated_usd double precision, wasted_usd double precision, idle_usd double precision, unknown_cost_jobs bigint)
language plpgsql stable set search_path = '' as $$
begin
  return query with cells as ( -- a few hundred, so that the many sums below are cheap
    select date_bin(p_slot, j.belongs_at, '2000-01-03Z') as at, j.model, j.outcome, j.cost_kind, j.cost_unknown,
      count(*) as jobs, sum(j.video_seconds) as seconds, sum(j.execution_ms) as execution, sum(j.cost_usd) as usd,
      sum(5 * j.rate_usd) as idle -- a worker waits 5 s for another job (docs.runpod.io: idle timeout) and is billed for it
    from public.job_details j
    where j.belongs_at >= p_start and j.belongs_at < p_end
      and (p_model is null or j.model = p_model) and (p_user_id is null or j.user_id = p_user_id)
    group by 1, 2, 3, 4, 5
  )
  select (array['slot', null, 'model', 'all'])[1 + grouping(c.at, c.model)], c.at, c.model, coalesce(sum(c.jobs), 0)::bigint,
    coalesce(sum(c.jobs) filter (where c.outcome not in ('completed', 'failed', 'cancelled', 'superseded')), 0)::bigint,
    coalesce(sum(c.jobs) filter (where c.outcome = 'completed'), 0)::bigint,
    coalesce(sum(c.jobs) filter (where c.outcome = 'failed'), 0)::bigint,
    coalesce(sum(c.jobs) filter (where c.outcome = 'cancelled'), 0)::bigint,
    coalesce(sum(c.jobs) filter (where c.outcome = 'superseded'), 0)::bigint,
    coalesce(sum(c.seconds) filter (where c.outcome = 'completed'), 0)::double precision,
    coalesce(sum(c.execution) filter (where c.outcome = 'completed'), 0)::bigint,
    (sum(c.usd) filter (where c.cost_kind = 'billed'))::double precision,
    (sum(c.usd) filter (where c.cost_kind = 'estimated'))::double precision,
    (sum(c.usd) filter (where c.outcome <> 'completed'))::double precision,
    (sum(c.idle) filter (where c.cost_kind = 'estimated'))::double precision,
    coalesce(sum(c.jobs) filter (where c.cost_unknown), 0)::bigint
  from cells c group by grouping sets ((c.at, c.model), (c.model), ()) order by c.at, c.model;
end
$$;
comment on function public.sum_jobs(interval, timestamptz, timestamptz, text, text) is
  'Jobs counted and their costs summed: once for all, for each model, for each p_slot and model. Costs are null where none is known.';

create function public.read_job_times(p_start timestamptz, p_end timestamptz, p_model text, p_user_id text)
returns table (delay_ms jsonb, execution_ms jsonb, reporting_lag_ms jsonb)
language plpgsql stable set search_path = '' as $$
declare
  v_wanted constant double precision[] := array[0.5, 0.9, 0.95, 0.99];
begin
  return query with jobs as (
    select j.delay_ms as delay, case when j.outcome = 'completed' then j.execution_ms end as execution,
      date_part('epoch', j.finished_at - j.submitted_at) * 1000 - j.delay_ms - j.execution_ms as lag
    from public.job_details j
    where j.belongs_at >= p_start and j.belongs_at < p_end and j.finished_at is not null
      and (p_model is null or j.model = p_model) and (p_user_id is null or j.user_id = p_user_id)
  )
  select public.describe_spread(count(delay), percentile_cont(v_wanted) within group (order by delay)),
    public.describe_spread(count(execution), percentile_cont(v_wanted) within group (order by execution)),
    public.describe_spread(count(lag), percentile_cont(v_wanted) within group (order by lag))
  from jobs;
end
$$;
comment on function public.read_job_times(timestamptz, timestamptz, text, text) is
  'How long finished jobs waited for a worker, ran (completed ones) and took to be heard of, by RunPod''s own times.';

create function public.read_video_counts(p_start timestamptz, p_end timestamptz, p_model text, p_user_id text)
returns table (queued bigint, processing bigint, completed bigint, failed bigint, cancelled bigint,
  completed_at_first bigint, retried bigint, judged bigint, kept bigint, end_to_end_ms jsonb)
language plpgsql stable set search_path = '' as $$
begin
  return query with clips as (
    select v.status, v.status = 'failed' and v.error_kind = 'cancelled' as cancelled, r.video_id is not null as retried,
      v.rating is not null or v.starred as judged, v.rating >= 4 or v.starred as kept,
      date_part('epoch', v.stored_at - v.created_at) * 1000 as whole
    from public.videos v
    left join (select distinct a.video_id from public.attempts a where a.number > 1) r on r.video_id = v.id
    where coalesce(v.finished_at, v.created_at) >= p_start and coalesce(v.finished_at, v.created_at) < p_end
      and (p_model is null or v.model = p_model) and (p_user_id is null or v.user_id = p_user_id)
  )
  select count(*) filter (where c.status = 'queued'), count(*) filter (where c.status = 'processing'),
    count(*) filter (where c.status = 'completed'), count(*) filter (where c.status = 'failed' and not c.cancelled),
    count(*) filter (where c.cancelled), count(*) filter (where c.status = 'completed' and not c.retried),
    count(*) filter (where c.retried), count(*) filter (where c.judged), count(*) filter (where c.kept),
    public.describe_spread(count(c.whole), percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by c.whole))
  from clips c;
end
$$;
comment on function public.read_video_counts(timestamptz, timestamptz, text, text) is
  'Clips by state, how many were tried more than once, judged and kept, and how long from asking for them to playable.';

create function public.list_failure_groups(p_start timestamptz, p_end timestamptz, p_model text, p_user_id text)
returns table (name text, error_kind text, jobs bigint, share double precision, first_at timestamptz, last_at timestamptz,
  models text[], settings text[], example text, example_job_id text)
language plpgsql stable set search_path = '' as $$
begin
  return query select coalesce(j.error_group, j.error_kind, 'unknown'), max(j.error_kind), count(*),
    (count(*) / sum(count(*)) over ())::double precision, min(j.belongs_at), max(j.belongs_at), array_agg(distinct j.model),
    (array_agg(distinct concat_ws(', ', j.width || ' × ' || j.height, j.frames || ' frames', j.steps || ' steps')))[1:20],
    (array_agg(j.error order by j.belongs_at desc))[1], (array_agg(j.job_id order by j.belongs_at desc))[1]
  from public.job_details j
  where j.belongs_at >= p_start and j.belongs_at < p_end and j.outcome = 'failed'
    and (p_model is null or j.model = p_model) and (p_user_id is null or j.user_id = p_user_id)
  group by 1 order by 3 desc, 6 desc limit 50;
end
$$;
comment on function public.list_failure_groups(timestamptz, timestamptz, text, text) is
  'Failed jobs by what went wrong, the most frequent first: share of all failures, models and settings hit, the latest example.';

create function public.read_statistics(p_slot interval, p_start timestamptz, p_end timestamptz, p_model text, p_user_id text)
returns table (hours double precision, submitted bigint, sums jsonb, times jsonb, videos jsonb, failures jsonb)
language plpgsql stable set search_path = '' as $$
begin
  -- A plan for this very period: an hour wants an index, a year wants none.
  perform set_config('plan_cache_mode', 'force_custom_plan', true);
  return query select greatest(0, date_part('epoch', least(p_end, now()) - p_start) / 3600),
    (select count(*) from public.attempts a where a.submitted_at >= p_start and a.submitted_at < p_end
      and (p_model is null or a.model = p_model) and (p_user_id is null or a.user_id = p_user_id)),
    (select jsonb_agg(s) from public.sum_jobs(p_slot, p_start, p_end, p_model, p_user_id) s),
    (select to_jsonb(t) from public.read_job_times(p_start, p_end, p_model, p_user_id) t),
    (select to_jsonb(v) from public.read_video_counts(p_start, p_end, p_model, p_user_id) v),
    (select coalesce(jsonb_agg(f), '[]') from public.list_failure_groups(p_start, p_end, p_model, p_user_id) f);
end
$$;
comment on function public.read_statistics(interval, timestamptz, timestamptz, text, text) is
  'One row with all numbers of [p_start, p_end), of one moment. Null filters match all; p_slot: how finely the timeline is cut.';

revoke all on function public.describe_spread(bigint, double precision[]),
  public.sum_jobs(interval, timestamptz, timestamptz, text, text),
  public.read_job_times(timestamptz, timestamptz, text, text), public.read_video_counts(timestamptz, timestamptz, text, text),
  public.list_failure_groups(timestamptz, timestamptz, text, text),
  public.read_statistics(interval, timestamptz, timestamptz, text, text) from public, anon, authenticated;
grant execute on function public.describe_spread(bigint, double precision[]),
  public.sum_jobs(interval, timestamptz, timestamptz, text, text),
  public.read_job_times(timestamptz, timestamptz, text, text), public.read_video_counts(timestamptz, timestamptz, text, text),
  public.list_failure_groups(timestamptz, timestamptz, text, text),
  public.read_statistics(interval, timestamptz, timestamptz, text, text) to service_role;

notify pgrst, 'reload schema';
