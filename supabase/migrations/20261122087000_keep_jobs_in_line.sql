-- When RunPod takes no jobs for a while they wait in line: after a growing pause the oldest asks again, and until nobody
-- waits any more they go one at a time, in the order in which they were asked for. So an outage ends without a burst.
create table public.endpoint_pauses (
  id text primary key,
  reason text not null,
  tries integer not null default 1,
  until timestamptz not null
);
comment on table public.endpoint_pauses is 'Endpoints that took no job when last asked; gone when nobody waits for them any more.';
alter table public.endpoint_pauses enable row level security;
create policy service_role_all on public.endpoint_pauses to service_role using (true) with check (true);
revoke all on public.endpoint_pauses from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.endpoint_pauses to service_role;

create function public.pause_endpoint(p_endpoint text, p_reason text, p_at_least double precision) returns void
language sql set search_path = '' as $$
  insert into public.endpoint_pauses as p (id, reason, until)
    values (p_endpoint, p_reason, clock_timestamp() + public.backoff(0, p_at_least))
  on conflict (id) do update set reason = excluded.reason,
    tries = p.tries + (p.until <= clock_timestamp())::integer, -- those that were under way together count once
    until = greatest(p.until, clock_timestamp()
      + greatest(make_interval(secs => p_at_least), least(interval '15 seconds', public.backoff(p.tries, null))));
$$;
comment on function public.pause_endpoint(text, text, double precision) is
  'Lets that endpoint''s jobs wait for 1, 2, 4 … 15 s, jittered, p_at_least seconds at least.';

create function public.resume_endpoint(p_endpoint text) returns void
language sql set search_path = '' as $$
  delete from public.endpoint_pauses where id = p_endpoint and not exists (
    select from public.attempts where endpoint = p_endpoint and state = 'waiting' and next_at <= clock_timestamp());
  update public.endpoint_pauses set tries = 0, until = clock_timestamp() where id = p_endpoint;
$$;
comment on function public.resume_endpoint(text) is 'The endpoint takes jobs again: the next in line may go; with nobody left the line is over.';

create function public.find_next_in_line(p_endpoint text) returns setof bigint
language sql volatile set search_path = '' as $$
  select id from public.attempts
  where endpoint = p_endpoint and state = 'waiting' and next_at <= clock_timestamp()
    and not exists (select from public.attempts where endpoint = p_endpoint and state = 'sending')
  order by tries > 100, video_id limit 1; -- one that RunPod stumbles over again and again must not hold up all others
$$;
comment on function public.find_next_in_line(text) is 'The oldest attempt that waits for that endpoint, unless one is on its way.';

create function public.find_heads_of_lines() returns bigint[]
language plpgsql set search_path = '' as $$
declare
  v_endpoint text;
  v_heads bigint[] := '{}';
begin
  -- Under the lock of its line, so that two processes do not both send from it.
  for v_endpoint in select id from public.endpoint_pauses where until <= clock_timestamp() for update skip locked loop
    v_heads := v_heads || array(select public.find_next_in_line(v_endpoint));
  end loop;
  return v_heads;
end
$$;
comment on function public.find_heads_of_lines() is 'Of each endpoint whose pause is over, the attempt that may go next.';

create or replace function public.claim_submissions(p_worker text, p_video_id bigint, p_limit integer) returns setof public.work
language plpgsql set search_path = '' as $$
declare
  v_heads bigint[] := public.find_heads_of_lines();
begin
  return query with due as (
    select a.id from public.attempts a left join public.endpoints e on e.id = a.endpoint
    where a.state = 'waiting' and a.next_at <= clock_timestamp() and (p_video_id is null or a.video_id = p_video_id)
      and (e.blocked_until is null or e.blocked_until <= clock_timestamp())
      and (a.id = any (v_heads) or not exists (select from public.endpoint_pauses p where p.id = a.endpoint))
    order by a.video_id limit p_limit for update of a skip locked
  ), claimed as (
    update public.attempts a set state = 'sending', claimed_by = p_worker, tries = tries + 1,
      next_at = clock_timestamp() + interval '5 minutes'
    from due where a.id = due.id returning a.*
  )
  select 'submit', v.id, c.id, c.number, v.user_id, v.model, v.endpoint, null::text, v.input, null::text, null::text[], c.tries
  from claimed c join public.videos v on v.id = c.video_id order by v.id;
end
$$;
comment on function public.claim_submissions(text, bigint, integer) is
  'waiting → sending, in the order in which they were asked for, of one video or of all; only the first in line of a paused endpoint, none of a blocked one.';

create or replace function public.plan_attempt(p_video public.videos, p_number integer, p_wait interval) returns void
language sql set search_path = '' as $$
  insert into public.attempts
    (video_id, number, user_id, model, endpoint, width, height, frames, fps, steps, rate_usd, next_at, note)
  values (p_video.id, p_number, p_video.user_id, p_video.model, p_video.endpoint, p_video.width, p_video.height,
    p_video.frames, p_video.fps, p_video.steps, p_video.rate_usd, clock_timestamp() + p_wait,
    (select reason from public.endpoint_pauses where id = p_video.endpoint));
$$;
comment on function public.plan_attempt(public.videos, integer, interval) is
  'Adds an attempt to be sent after p_wait, with the reason where it has to stand in line first.';

create or replace function public.record_refusal(p_attempt_id bigint, p_note text, p_retry_after double precision) returns void
language sql set search_path = '' as $$
  -- The user's lock first, as everywhere.
  select public.set_back_attempt(id, 'waiting', p_note, case when tries > 100 then public.backoff(tries, null) else interval '0' end)
    from public.attempts where id = p_attempt_id;
  select public.pause_endpoint(endpoint, p_note, p_retry_after) from public.attempts where id = p_attempt_id and p_note is not null;
$$;
comment on function public.record_refusal(bigint, text, double precision) is
  'sending → waiting: RunPod did not take it, and it is safe to try again after a growing pause of its endpoint. No note: it was not even asked.';

create or replace function public.record_no_answer(p_attempt_id bigint, p_note text, p_grace double precision) returns void
language sql set search_path = '' as $$
  select public.set_back_attempt(p_attempt_id, 'unknown', p_note, make_interval(secs => p_grace));
  select public.pause_endpoint(endpoint, p_note, null) from public.attempts where id = p_attempt_id;
$$;
comment on function public.record_no_answer(bigint, text, double precision) is
  'sending → unknown: it was sent and may be running; a new attempt comes after p_grace seconds without news. The next in line waits a little.';

create or replace function public.record_submission(p_attempt_id bigint, p_job_id text, p_ask_again double precision)
returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_attempt public.attempts;
begin
  select * into v_attempt from public.attempts where id = p_attempt_id;
  perform public.lock_user(v_attempt.user_id);
  delete from public.endpoints where id = v_attempt.endpoint;
  update public.attempts set job_id = coalesce(job_id, p_job_id), claimed_by = null, note = null, tries = 0,
      submitted_at = coalesce(submitted_at, clock_timestamp()),
      state = case when state in ('waiting', 'sending', 'unknown') then 'queued' else state end,
      next_at = case when finished_at is not null then next_at
                     when state = 'superseded' or exists (select from public.videos v where v.id = video_id
                       and v.cancel_requested_at is not null) then clock_timestamp()
                     else clock_timestamp() + make_interval(secs => p_ask_again) end
    where id = p_attempt_id;
  update public.videos set retry_count = retry_count where id = v_attempt.video_id;
  perform public.resume_endpoint(v_attempt.endpoint); -- last: the next in line goes when this one has gone
  return query select * from public.video_details where id = v_attempt.video_id;
end
$$;
comment on function public.record_submission(bigint, text, double precision) is
  'sending, unknown → queued at RunPod as p_job_id; a job nobody wants any more is to be cancelled at once.';

revoke all on function public.pause_endpoint(text, text, double precision), public.resume_endpoint(text),
  public.find_next_in_line(text), public.find_heads_of_lines() from public, anon, authenticated;
grant execute on function public.pause_endpoint(text, text, double precision), public.resume_endpoint(text),
  public.find_next_in_line(text), public.find_heads_of_lines() to service_role;

notify pgrst, 'reload schema';
