-- As many videos as bench.rows says, a minute apart: half of them anna's, half of fifteen others. The newest bench.jobs are
-- being rendered, spread over all sixteen; of the rest one in twenty failed and the others are stored.
set session_replication_role = replica; -- timelines and listeners are not what is measured

insert into public.videos (user_id, prompt, model, endpoint, input, width, height, frames, fps, seed, steps, cfg, rate_usd,
  max_retries, status, error_kind, error, finished_at, file_key, poster_key, duration_seconds, stored_at, created_at, updated_at)
select case when ended and n % 2 = 0 or n % 16 = 0 then 'anna' else 'member-' || (1 + n % 15) end, 'A lighthouse in a storm, number ' || n,
  'mochi', 'own', jsonb_build_object('prompt', repeat('x', 200)), 848, 480, 61, 24, n, 40, 6, 0.001, 2,
  case when not ended then 'processing' when failed then 'failed' else 'completed' end,
  case when failed then 'worker_error' end, case when failed then 'Out of memory' end, case when ended then at end,
  case when ended and not failed then 'clip-' || n end, case when ended and not failed then 'poster-' || n end,
  case when ended and not failed then 61 / 24.0 end, case when ended and not failed then at end, at, at
from (
  select n, n > current_setting('bench.jobs')::int as ended, n > current_setting('bench.jobs')::int and n % 20 = 0 as failed,
    now() - n * interval '1 minute' as at
  from generate_series(current_setting('bench.rows')::int, 1, -1) n
) as planned;

insert into public.attempts (video_id, number, user_id, model, endpoint, width, height, frames, fps, steps, rate_usd, state,
  next_at, job_id, error_kind, error, created_at, submitted_at, started_at, finished_at, delay_ms, execution_ms, worker_id)
select id, 1, user_id, model, endpoint, width, height, frames, fps, steps, rate_usd, status,
  case when status = 'processing' then now() + interval '1 day' end, 'job-' || seed, error_kind, error, created_at,
  created_at, created_at, finished_at, 4000, 60000, 'worker-' || seed % 30
from public.videos;

vacuum analyze public.videos;
vacuum analyze public.attempts;
