-- What came of sending an attempt to RunPod.
create function public.record_submission(p_attempt_id bigint, p_job_id text, p_ask_again double precision)
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
  return query select * from public.video_details where id = v_attempt.video_id;
end
$$;
comment on function public.record_submission(bigint, text, double precision) is
  'sending, unknown → queued at RunPod as p_job_id; a job nobody wants any more is to be cancelled at once.';

create function public.set_back_attempt(p_attempt_id bigint, p_state text, p_note text, p_wait interval) returns void
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select v.* into v_video from public.attempts a cross join lateral public.lock_video(a.video_id) v where a.id = p_attempt_id;
  update public.attempts set state = p_state, claimed_by = null, note = p_note, next_at = clock_timestamp() + p_wait
    where id = p_attempt_id and job_id is null and (state = 'sending' or (state = 'unknown' and p_state = 'waiting'));
  if not found then return; end if; -- news came first
  if p_state = 'waiting' and v_video.cancel_requested_at is not null then
    perform public.stop_video(v_video);
  else
    update public.videos set retry_count = retry_count where id = v_video.id; -- its note is shown: a change
  end if;
end
$$;
comment on function public.set_back_attempt(bigint, text, text, interval) is
  'sending → p_state, looked at again after p_wait, with the reason in its note; one to be cancelled that RunPod did not take ends.';

create function public.record_refusal(p_attempt_id bigint, p_note text, p_retry_after double precision) returns void
language sql set search_path = '' as $$
  select public.set_back_attempt(id, 'waiting', p_note, public.backoff(tries - 1, p_retry_after))
  from public.attempts where id = p_attempt_id;
$$;
comment on function public.record_refusal(bigint, text, double precision) is
  'sending → waiting: RunPod did not take it, and it is safe to try again after a growing pause.';

create function public.record_no_answer(p_attempt_id bigint, p_note text, p_grace double precision) returns void
language sql set search_path = '' as $$
  select public.set_back_attempt(p_attempt_id, 'unknown', p_note, make_interval(secs => p_grace));
$$;
comment on function public.record_no_answer(bigint, text, double precision) is
  'sending → unknown: it was sent and may be running; a new attempt comes after p_grace seconds without news.';

create function public.record_blocked(p_attempt_id bigint, p_reason text) returns void
language sql set search_path = '' as $$
  -- The user's lock first, as everywhere.
  select public.set_back_attempt(p_attempt_id, 'waiting', p_reason, interval '0');
  insert into public.endpoints as e (id, reason, blocked_until)
    select endpoint, p_reason, clock_timestamp() + interval '15 seconds' from public.attempts where id = p_attempt_id
  on conflict (id) do update set reason = excluded.reason, tries = e.tries + 1,
    blocked_until = clock_timestamp() + greatest(interval '15 seconds', public.backoff(e.tries + 3, null));
$$;
comment on function public.record_blocked(bigint, text) is
  'sending → waiting, and its endpoint is left alone for a while: the key or the endpoint id is wrong.';

create function public.record_rejection(p_attempt_id bigint, p_error text) returns void
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select v.* into v_video from public.attempts a cross join lateral public.lock_video(a.video_id) v where a.id = p_attempt_id;
  perform 1 from public.attempts where id = p_attempt_id and state = 'sending' for update;
  if not found then return; end if;
  perform public.finish_attempt(p_attempt_id, 'failed',
    jsonb_build_object('error_kind', 'submit_error', 'error', p_error, 'error_group', 'submit_error: ' || p_error));
  perform public.fail_video(v_video,
    case when v_video.cancel_requested_at is null then 'submit_error' else 'cancelled' end, p_error);
end
$$;
comment on function public.record_rejection(bigint, text) is
  'sending → failed (submit_error): RunPod will never take this job.';

revoke all on function public.set_back_attempt(bigint, text, text, interval), public.record_submission(bigint, text, double precision),
  public.record_refusal(bigint, text, double precision),
  public.record_no_answer(bigint, text, double precision), public.record_blocked(bigint, text),
  public.record_rejection(bigint, text) from public, anon, authenticated;
grant execute on function public.set_back_attempt(bigint, text, text, interval), public.record_submission(bigint, text, double precision),
  public.record_refusal(bigint, text, double precision),
  public.record_no_answer(bigint, text, double precision), public.record_blocked(bigint, text),
  public.record_rejection(bigint, text) to service_role;

notify pgrst, 'reload schema';
