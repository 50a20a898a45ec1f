-- What was asked for (videos), each submission of it to RunPod (attempts), and what happened (video_events).
-- Processes that take work. One that has not been seen for a while is taken for dead and its work is given back.
create table public.workers (
  id text primary key,
  seen_at timestamptz not null default clock_timestamp()
);
comment on table public.workers is 'Background loops at work, one row each.';

create table public.videos (
  id bigint generated always as identity primary key,
  user_id text not null references public.users (id),
  request_key text,                 -- the caller's own key for "the same request again"
  batch_id text,
  prompt text not null,
  negative_prompt text,             -- null: not given, '' is kept as given
  model text not null,
  endpoint text not null,           -- where RunPod runs it
  input jsonb not null,             -- the job's input, ready to be sent
  width integer not null check (width > 0),
  height integer not null check (height > 0),
  frames integer not null check (frames > 0),
  fps numeric not null check (fps > 0),
  seed bigint not null,
  steps integer,
  cfg numeric,
  rate_usd numeric,                 -- USD per second of execution, null: unknown
  max_retries integer not null check (max_retries >= 0),
  -- queued: waits for RunPod or for its next attempt      → processing, completed, failed
  -- processing: a worker has it                           → completed, failed, queued (retried)
  -- completed: RunPod has delivered a result              → failed (expired: the result could not be had)
  -- failed: final, error_kind says why                    → queued (retried by hand)
  status text not null default 'queued' check (status in ('queued', 'processing', 'completed', 'failed')),
  error_kind text check (error_kind in ('cancelled', 'timed_out', 'expired', 'worker_error', 'submit_error', 'lost')),
  error text,
  progress real check (progress between 0 and 1),
  retry_count integer not null default 0,
  cancel_requested_at timestamptz,
  retried_at timestamptz,           -- by hand: from then on it counts, in that period
  finished_at timestamptz,
  result_url text,                  -- the worker's own address of the result
  file_key text,                    -- our own file, once stored
  poster_key text,
  file_bytes bigint,
  duration_seconds numeric,         -- of the stored file
  stored_at timestamptz,
  store_note text,                  -- why the file is not stored yet, or cannot be
  starred boolean not null default false,
  rating smallint check (rating between 1 and 5),
  tags text[] not null default '{}',
  deleted_at timestamptz,
  purge_next_at timestamptz,
  purge_started_at timestamptz,     -- from then on its files may be gone
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint failed_says_why check ((status = 'failed') = (error_kind is not null)),
  constraint stored_means_completed check (stored_at is null or (status = 'completed' and file_key is not null))
);
create unique index videos_request_key on public.videos (user_id, request_key) where request_key is not null;
create unique index videos_changes on public.videos (user_id, updated_at);
create index videos_newest on public.videos (user_id, id desc) where deleted_at is null;
create index videos_active on public.videos (user_id) where status in ('queued', 'processing');
create index videos_in_period on public.videos (user_id, coalesce(retried_at, created_at)) where status <> 'failed';
create index videos_to_purge on public.videos (purge_next_at) where deleted_at is not null;
create index videos_finished on public.videos (finished_at);
comment on table public.videos is 'What was asked for and where it stands.';

-- Jobs outlive their video's row, so that money spent stays counted: they carry what statistics ask for.
create table public.attempts (
  id bigint generated always as identity primary key,
  video_id bigint references public.videos (id) on delete set null,
  number integer not null check (number > 0),
  user_id text not null references public.users (id),
  model text not null,
  endpoint text not null,
  width integer not null,
  height integer not null,
  frames integer not null,
  fps numeric not null,
  steps integer,
  rate_usd numeric,
  -- waiting: to be sent at next_at                          → sending, failed (cancelled)
  -- sending: claimed, the request may be on its way         → queued, waiting (refused), unknown, failed
  -- unknown: sent without an answer                         → queued… (news adopts it), superseded (grace over)
  -- queued: RunPod has it                                   → processing, completed, failed, superseded
  -- processing: a worker has it                             → completed, failed, superseded
  -- completed: final; its file is fetched at next_at until that is null
  -- failed: final
  -- superseded: another attempt took its place; its own end is still recorded for its cost
  state text not null default 'waiting' check (state in
    ('waiting', 'sending', 'unknown', 'queued', 'processing', 'completed', 'failed', 'superseded')),
  next_at timestamptz default clock_timestamp(), -- when the loop looks at it next; null: never
  tries integer not null default 0,              -- to send, to ask or to fetch, in a row
  job_id text,
  note text,                                     -- why it is not at RunPod yet
  claimed_by text,                               -- the worker that is sending or fetching it
  error_kind text,
  error text,
  error_group text,
  created_at timestamptz not null default clock_timestamp(),
  submitted_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,                       -- when we learned of the end
  delay_ms integer,
  execution_ms integer,
  worker_id text,
  cost_usd numeric,
  cost_kind text check (cost_kind in ('billed', 'estimated')),
  constraint cost_has_kind check ((cost_usd is null) = (cost_kind is null)),
  constraint at_runpod_has_job check (state not in ('queued', 'processing') or job_id is not null),
  unique (video_id, number)
);
create unique index attempts_job on public.attempts (job_id) where job_id is not null;
create unique index attempts_one_live on public.attempts (video_id)
  where state in ('waiting', 'sending', 'unknown', 'queued', 'processing');
create index attempts_due on public.attempts (next_at) where next_at is not null;
create index attempts_finished on public.attempts (finished_at);
create index attempts_submitted on public.attempts (submitted_at);
comment on table public.attempts is 'One row for each submission of a video to RunPod.';

create table public.video_events (
  id bigint generated always as identity primary key,
  video_id bigint not null references public.videos (id) on delete cascade,
  attempt integer,
  at timestamptz not null default clock_timestamp(),
  kind text not null,
  detail text
);
create index video_events_of on public.video_events (video_id, id);
comment on table public.video_events is 'The timeline of each video, written by triggers, never changed.';

-- An endpoint that refuses us (key, unknown id) is left alone for a growing while.
create table public.endpoints (
  id text primary key,
  blocked_until timestamptz not null,
  reason text not null,
  tries integer not null default 1
);
comment on table public.endpoints is 'Endpoints that refused our key or that do not exist; gone when one accepts a job.';

alter table public.workers enable row level security;
alter table public.videos enable row level security;
alter table public.attempts enable row level security;
alter table public.video_events enable row level security;
alter table public.endpoints enable row level security;
create policy service_role_all on public.workers to service_role using (true) with check (true);
create policy service_role_all on public.videos to service_role using (true) with check (true);
create policy service_role_all on public.attempts to service_role using (true) with check (true);
create policy service_role_all on public.video_events to service_role using (true) with check (true);
create policy service_role_all on public.endpoints to service_role using (true) with check (true);
revoke all on public.workers, public.videos, public.attempts, public.video_events, public.endpoints
  from public, anon, authenticated;
grant select, insert, update, delete on public.workers, public.videos, public.attempts, public.endpoints to service_role;
grant select, insert, delete on public.video_events to service_role;

notify pgrst, 'reload schema';
