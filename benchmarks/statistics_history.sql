-- About 100 000 jobs of three months: three models, forty people, one in twelve tried twice, one in twenty lost.
set session_replication_role = replica; -- the timeline and the listeners of each clip are not what is measured

insert into public.users (id, display_name, role)
select 'person-' || n, 'Person ' || n, 'user' from generate_series(1, 40) n;

insert into public.videos (user_id, prompt, model, endpoint, input, width, height, frames, fps, seed, steps, cfg,
  rate_usd, max_retries, status, error_kind, error, finished_at, file_key, poster_key, duration_seconds, stored_at,
  starred, rating, created_at, updated_at, retry_count)
select 'person-' || (1 + n % 40), 'A lighthouse in a storm, number ' || n || repeat(', with waves', 20), model, model,
  jsonb_build_object('prompt', repeat('x', 300)), 848, 480, frames, 24, n, 40, 6, rate, 2,
  case when lost then 'failed' else 'completed' end,
  case when n % 60 = 0 then 'cancelled' when lost then 'worker_error' end, case when lost then 'Out of memory' end,
  at + interval '2 minutes', 'clip-' || n, 'poster-' || n, case when not lost then frames / 24.0 end,
  case when not lost then at + interval '125 seconds' end, n % 7 = 0, case when n % 5 = 0 then 1 + n / 5 % 5 end,
  at, at, (n % 12 = 0)::int
from (
  select n, n % 20 = 0 as lost, now() - interval '90 days' * (1 - n / 92400.0) as at,
    (array[61, 91, 121])[1 + n % 3] as frames, (array['mochi', 'wan-2-6-t2v', 'vidu-q3-t2v'])[1 + n % 3] as model,
    (array[0.00116, null, 0.00031])[1 + n % 3] as rate
  from generate_series(1, 92300) n
) as planned;

insert into public.attempts (video_id, number, user_id, model, endpoint, width, height, frames, fps, steps, rate_usd,
  state, next_at, job_id, error_kind, error, error_group, created_at, submitted_at, started_at, finished_at, delay_ms,
  execution_ms, worker_id, cost_usd, cost_kind)
select v.id, t.number, v.user_id, v.model, v.endpoint, v.width, v.height, v.frames, v.fps, v.steps, v.rate_usd,
  case when t.last then v.status else 'failed' end, null, 'job-' || v.id || '-' || t.number,
  case when t.last then v.error_kind else 'worker_error' end, case when t.last then v.error else 'Worker lost' end,
  case when not t.last then 'worker_error: worker lost' when v.error is not null then 'worker_error: ' || v.id % 7 end,
  v.created_at, v.created_at + interval '1 second' * t.number, v.created_at + interval '20 seconds', v.finished_at,
  (1000 * exp(1 + random() * 3))::int, (1000 * exp(3 + random() * 2))::int, 'worker-' || v.id % 30,
  case when v.id % 11 > 0 then round(random()::numeric, 4) end,
  case when v.id % 11 > 0 then case when v.model = 'wan-2-6-t2v' then 'billed' else 'estimated' end end
from public.videos v
cross join lateral (select number, number > v.retry_count as last from generate_series(1, 1 + v.retry_count) as g (number)) t;

vacuum analyze public.videos;
vacuum analyze public.attempts;
