-- What the background loops have to do. Every piece is claimed here (skip locked), so that any number of processes
-- share the work and none is done twice; a process that dies gives its claims back.
create type public.work as (
  kind text,              -- submit, poll, cancel, store, purge
  video_id bigint,
  attempt_id bigint,
  number integer,
  user_id text,
  model text,
  endpoint text,
  job_id text,
  input jsonb,
  result_url text,
  file_keys text[],
  tries integer
);
comment on type public.work is 'One piece of work of the background loop.';

create function public.claim_submissions(p_worker text, p_video_id bigint, p_limit integer) returns setof public.work
language sql set search_path = '' as $$
  with due as (
    select a.id from public.attempts a left join public.endpoints e on e.id = a.endpoint
    where a.state = 'waiting' and a.next_at <= clock_timestamp() and (p_video_id is null or a.video_id = p_video_id)
      and (e.blocked_until is null or e.blocked_until <= clock_timestamp())
    order by a.next_at, a.id limit p_limit for update of a skip locked
  ), claimed as (
    update public.attempts a set state = 'sending', claimed_by = p_worker, tries = tries + 1,
      next_at = clock_timestamp() + interval '5 minutes'
    from due where a.id = due.id returning a.*
  )
  select 'submit', v.id, c.id, c.number, v.user_id, v.model, v.endpoint, null::text, v.input, null::text, null::text[], c.tries
  from claimed c join public.videos v on v.id = c.video_id order by c.id;
$$;
comment on function public.claim_submissions(text, bigint, integer) is
  'waiting → sending, the oldest due first, of one video or of all; blocked endpoints are left alone.';

create function public.claim_questions(p_limit integer, p_ask_again double precision) returns setof public.work
language sql set search_path = '' as $$
  with due as (
    select id from public.attempts
    where state in ('queued', 'processing', 'superseded') and next_at <= clock_timestamp() and job_id is not null
    order by next_at limit p_limit for update skip locked
  ), claimed as (
    update public.attempts a set next_at = clock_timestamp() + make_interval(secs => p_ask_again)
    from due where a.id = due.id returning a.*
  )
  select case when c.state = 'superseded' or v.cancel_requested_at is not null then 'cancel' else 'poll' end,
    c.video_id, c.id, c.number, c.user_id, c.model, c.endpoint, c.job_id, null::jsonb, null::text, null::text[], c.tries
  from claimed c left join public.videos v on v.id = c.video_id;
$$;
comment on function public.claim_questions(integer, double precision) is
  'Jobs without news for p_ask_again seconds: to be asked for, or cancelled where that is wanted.';

create function public.claim_results(p_worker text, p_limit integer) returns setof public.work
language sql set search_path = '' as $$
  with due as (
    select id from public.attempts where state = 'completed' and next_at <= clock_timestamp()
    order by next_at limit p_limit for update skip locked
  ), claimed as (
    update public.attempts a set claimed_by = p_worker, tries = tries + 1,
      next_at = clock_timestamp() + interval '30 minutes'
    from due where a.id = due.id returning a.*
  )
  select 'store', v.id, c.id, c.number, v.user_id, v.model, v.endpoint, c.job_id, v.input, v.result_url, null::text[],
    c.tries
  from claimed c join public.videos v on v.id = c.video_id;
$$;
comment on function public.claim_results(text, integer) is 'Completed videos whose file is still to be fetched.';

create function public.claim_purges(p_limit integer, p_keep_after timestamptz) returns setof public.work
language sql set search_path = '' as $$
  with due as (
    select id from public.videos
    where deleted_at is not null and purge_next_at <= clock_timestamp()
      and (status = 'failed' or (status = 'completed' and coalesce(retried_at, created_at) < p_keep_after))
    order by purge_next_at limit p_limit for update skip locked
  ), claimed as (
    update public.videos v set purge_next_at = clock_timestamp() + interval '5 minutes',
      purge_started_at = coalesce(purge_started_at, clock_timestamp())
    from due where v.id = due.id returning v.*
  )
  select 'purge', id, null::bigint, null::integer, user_id, model, endpoint, null::text, null::jsonb, null::text,
    array_remove(array[file_key, poster_key], null), null::integer
  from claimed;
$$;
comment on function public.claim_purges(integer, timestamptz) is
  'Deleted videos whose time to be restored is over; those of the current allowance period stay, they still count.';

create function public.claim_work(p_worker text, p_limit integer, p_pace jsonb) returns setof public.work
language plpgsql set search_path = '' as $$
begin
  -- First what takes users' locks, then what locks attempts alone: everybody else locks in this order too.
  perform public.settle_overdue((p_pace->>'job_life')::double precision);
  perform public.greet_worker(p_worker, (p_pace->>'dead_after')::double precision);
  perform public.give_up_sending((p_pace->>'grace')::double precision);
  return query select * from public.claim_submissions(p_worker, null, p_limit);
  return query select * from public.claim_questions(p_limit, (p_pace->>'ask_again')::double precision);
  return query select * from public.claim_results(p_worker, coalesce((p_pace->>'results')::integer, p_limit));
  return query select * from public.claim_purges(p_limit, (p_pace->>'keep_after')::timestamptz);
end
$$;
comment on function public.claim_work(text, integer, jsonb) is
  'Up to p_limit pieces of each kind for that worker. p_pace: dead_after, grace, job_life, ask_again (s), keep_after (time), results (another limit).';

create function public.greet_worker(p_worker text, p_dead_after double precision) returns void
language plpgsql set search_path = '' as $$
declare
  v_dead text[];
begin
  insert into public.workers as w (id) values (p_worker)
    on conflict (id) do update set seen_at = clock_timestamp() where w.seen_at < clock_timestamp() - interval '2 seconds';
  select array_agg(id) into v_dead from (
    select id from public.workers where seen_at < clock_timestamp() - make_interval(secs => p_dead_after)
    for update skip locked) d;
  if v_dead is not null then
    perform public.dismiss_workers(v_dead);
  end if;
end
$$;
comment on function public.greet_worker(text, double precision) is
  'Notes that the worker lives and gives back the work of those not seen for p_dead_after seconds.';

create function public.dismiss_workers(p_workers text[]) returns void
language sql set search_path = '' as $$
  update public.attempts set next_at = clock_timestamp()
    where state in ('sending', 'completed') and next_at is not null and claimed_by = any (p_workers);
  delete from public.workers where id = any (p_workers);
$$;
comment on function public.dismiss_workers(text[]) is 'Gives back what those workers had claimed.';

create function public.retire_worker(p_worker text) returns void
language sql set search_path = '' as $$
  select public.dismiss_workers(array[p_worker]);
$$;
comment on function public.retire_worker(text) is 'That worker ends and gives back what it had claimed.';

create function public.settle_overdue(p_job_life double precision) returns void
language plpgsql set search_path = '' as $$
declare
  v_id bigint;
begin
  for v_id in select id from public.attempts where state = 'unknown' and next_at <= clock_timestamp()
      order by user_id, id limit 20 loop
    perform public.replace_unknown(v_id);
  end loop;
  for v_id in select id from public.attempts where state in ('queued', 'processing', 'superseded') and next_at is not null
      and submitted_at < clock_timestamp() - make_interval(secs => p_job_life) order by user_id, id limit 20 loop
    perform public.record_lost(v_id);
  end loop;
end
$$;
comment on function public.settle_overdue(double precision) is
  'unknown → superseded when its grace is over; at RunPod → lost after p_job_life.';

create function public.give_up_sending(p_grace double precision) returns void
language sql set search_path = '' as $$
  update public.attempts set state = 'unknown', claimed_by = null, note = 'No answer came to the submission.',
    next_at = clock_timestamp() + make_interval(secs => p_grace)
  where id in (select id from public.attempts where state = 'sending' and next_at <= clock_timestamp()
    limit 20 for update skip locked);
$$;
comment on function public.give_up_sending(double precision) is 'sending → unknown, for p_grace seconds, when its worker died.';

create function public.replace_unknown(p_attempt_id bigint) returns void
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
  v_attempt public.attempts;
begin
  select v.* into v_video from public.attempts a cross join lateral public.lock_video(a.video_id) v where a.id = p_attempt_id;
  update public.attempts set state = 'superseded', next_at = null
    where id = p_attempt_id and state = 'unknown' and next_at <= clock_timestamp() returning * into v_attempt;
  if not found then return; end if; -- news or another process came first
  if v_video.cancel_requested_at is null then
    perform public.plan_attempt(v_video, v_attempt.number + 1, interval '0');
  else
    perform public.fail_video(v_video, 'cancelled', null);
  end if;
end
$$;
comment on function public.replace_unknown(bigint) is 'unknown → superseded, with a new attempt unless the video is to be cancelled.';

create function public.record_lost(p_attempt_id bigint) returns void
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
  v_attempt public.attempts;
  v_error constant text := 'RunPod no longer knows this job and sent no result. Generate it again.';
begin
  select v.* into v_video from public.attempts a cross join lateral public.lock_video(a.video_id) v where a.id = p_attempt_id;
  select * into v_attempt from public.attempts where id = p_attempt_id and finished_at is null
    and state in ('queued', 'processing', 'superseded') for update;
  if not found then return; end if;
  perform public.finish_attempt(p_attempt_id, 'failed',
    jsonb_build_object('error_kind', 'lost', 'error', v_error, 'error_group', 'lost'));
  if v_attempt.state <> 'superseded' then
    perform public.fail_video(v_video, case when v_video.cancel_requested_at is null then 'lost' else 'cancelled' end, v_error);
  end if;
end
$$;
comment on function public.record_lost(bigint) is 'queued, processing → failed (lost), for a job that RunPod no longer knows.';

create function public.record_missing(p_attempt_id bigint) returns void
language plpgsql set search_path = '' as $$
begin
  update public.attempts set tries = tries + 1
    where id = p_attempt_id and state in ('queued', 'processing', 'superseded') and tries < 2;
  if not found then
    perform public.record_lost(p_attempt_id);
  end if;
end
$$;
comment on function public.record_missing(bigint) is
  'RunPod answered 404 for this job: the third time in a row it is lost. News of it start the count anew.';

revoke all on function public.record_missing(bigint), public.claim_submissions(text, bigint, integer), public.claim_questions(integer, double precision),
  public.claim_results(text, integer), public.claim_purges(integer, timestamptz), public.claim_work(text, integer, jsonb),
  public.greet_worker(text, double precision), public.dismiss_workers(text[]), public.retire_worker(text), public.settle_overdue(double precision),
  public.give_up_sending(double precision),
  public.replace_unknown(bigint), public.record_lost(bigint) from public, anon, authenticated;
grant execute on function public.record_missing(bigint), public.claim_submissions(text, bigint, integer), public.claim_questions(integer, double precision),
  public.claim_results(text, integer), public.claim_purges(integer, timestamptz), public.claim_work(text, integer, jsonb),
  public.greet_worker(text, double precision), public.dismiss_workers(text[]), public.retire_worker(text), public.settle_overdue(double precision),
  public.give_up_sending(double precision),
  public.replace_unknown(bigint), public.record_lost(bigint) to service_role;

notify pgrst, 'reload schema';
