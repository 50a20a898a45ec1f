-- Writes a made-up past in batches, for demonstrations and benchmarks: clips with their jobs and timelines as they ended.
-- Their request_key begins with 'demo history ', which tells them from real ones and makes a repeated batch harmless.
create function public.find_genuine_video() returns table (id bigint)
language sql stable set search_path = '' as $$
  select v.id from public.videos v where v.request_key is null or v.request_key not like 'demo history %' limit 1;
$$;
comment on function public.find_genuine_video() is 'One video that is not from a demo history, or no row.';

create function public.add_history_videos(p_clips jsonb) returns setof bigint
language sql set search_path = '' as $$
  insert into public.videos (user_id, request_key, prompt, negative_prompt, model, endpoint, input, width, height, frames,
    fps, seed, steps, cfg, rate_usd, max_retries, status, error_kind, error, progress, retry_count, cancel_requested_at,
    finished_at, store_note, starred, rating, tags, deleted_at, purge_next_at, created_at)
  select user_id, request_key, prompt, negative_prompt, model, endpoint, input, width, height, frames,
    fps, seed, steps, cfg, rate_usd, max_retries, status, error_kind, error, progress, retry_count, cancel_requested_at,
    finished_at, store_note, starred, rating, tags, deleted_at, purge_next_at, created_at
  from jsonb_to_recordset(p_clips) as c (user_id text, request_key text, prompt text, negative_prompt text, model text,
    endpoint text, input jsonb, width integer, height integer, frames integer, fps numeric, seed bigint, steps integer,
    cfg numeric, rate_usd numeric, max_retries integer, status text, error_kind text, error text, progress real,
    retry_count integer, cancel_requested_at timestamptz, finished_at timestamptz, store_note text, starred boolean,
    rating smallint, tags text[], deleted_at timestamptz, purge_next_at timestamptz, created_at timestamptz)
  order by created_at
  on conflict (user_id, request_key) where request_key is not null do nothing
  returning id;
$$;
comment on function public.add_history_videos(jsonb) is 'Writes the clips of a demo history in the state they ended in; those already there are left alone.';

create function public.add_history_attempts(p_video_ids bigint[], p_clips jsonb) returns void
language sql set search_path = '' as $$
  insert into public.attempts (video_id, number, user_id, model, endpoint, width, height, frames, fps, steps, rate_usd,
    state, next_at, job_id, note, error_kind, error, error_group, created_at, submitted_at, started_at, finished_at,
    delay_ms, execution_ms, worker_id, cost_usd, cost_kind)
  select v.id, j.number, v.user_id, v.model, v.endpoint, v.width, v.height, v.frames, v.fps, v.steps, v.rate_usd,
    j.state, j.next_at, j.job_id, j.note, j.error_kind, j.error, j.error_group, j.created_at, j.submitted_at, j.started_at,
    j.finished_at, j.delay_ms, j.execution_ms, j.worker_id, j.cost_usd, j.cost_kind
  from public.videos v
  join jsonb_to_recordset(p_clips) as c (user_id text, request_key text, jobs jsonb)
    on (v.user_id, v.request_key) = (c.user_id, c.request_key)
  cross join lateral jsonb_to_recordset(c.jobs) as j (number integer, state text, next_at timestamptz, job_id text,
    note text, error_kind text, error text, error_group text, created_at timestamptz, submitted_at timestamptz,
    started_at timestamptz, finished_at timestamptz, delay_ms integer, execution_ms integer, worker_id text,
    cost_usd numeric, cost_kind text)
  where v.id = any (p_video_ids)
  order by v.id, j.number;
$$;
comment on function public.add_history_attempts(bigint[], jsonb) is 'Writes the jobs of those clips of a demo history.';

create function public.add_history_events(p_video_ids bigint[], p_clips jsonb) returns void
language sql set search_path = '' as $$
  delete from public.video_events where video_id = any (p_video_ids); -- the triggers say that all of it happens now
  insert into public.video_events (video_id, attempt, at, kind, detail)
  select v.id, e.attempt, e.at, e.kind, e.detail
  from public.videos v
  join jsonb_to_recordset(p_clips) as c (user_id text, request_key text, events jsonb)
    on (v.user_id, v.request_key) = (c.user_id, c.request_key)
  cross join lateral jsonb_to_recordset(c.events) as e (attempt integer, at timestamptz, kind text, detail text)
  where v.id = any (p_video_ids)
  order by v.id, e.at;
$$;
comment on function public.add_history_events(bigint[], jsonb) is 'Writes the timelines of those clips of a demo history, each event at its own time.';

create function public.add_history(p_clips jsonb) returns table (added bigint)
language plpgsql set search_path = '' as $$
declare
  v_ids bigint[];
begin
  -- In one order, so that two runs at once cannot wait for each other.
  perform public.lock_user(u.id) from (
    select distinct c->>'user_id' as id from jsonb_array_elements(p_clips) as c order by 1) u;
  select array_agg(id) into v_ids from public.add_history_videos(p_clips) as id;
  if v_ids is not null then
    perform public.add_history_attempts(v_ids, p_clips);
    perform public.add_history_events(v_ids, p_clips);
  end if;
  return query select coalesce(cardinality(v_ids), 0)::bigint;
end
$$;
comment on function public.add_history(jsonb) is
  'Adds a batch of a demo history, clips with jobs and events, and tells how many clips were new. Their users must exist.';

revoke all on function public.find_genuine_video(), public.add_history_videos(jsonb),
  public.add_history_attempts(bigint[], jsonb), public.add_history_events(bigint[], jsonb), public.add_history(jsonb)
  from public, anon, authenticated;
grant execute on function public.find_genuine_video(), public.add_history_videos(jsonb),
  public.add_history_attempts(bigint[], jsonb), public.add_history_events(bigint[], jsonb), public.add_history(jsonb)
  to service_role;

notify pgrst, 'reload schema';
