-- The one way in for news about a job, from the webhook or from asking: repeated, late, early and out of order.
create function public.find_attempt(p_video_id bigint, p_number integer, p_job_id text) returns setof public.attempts
language sql stable set search_path = '' as $$
  (select * from public.attempts where job_id = p_job_id)
  union all
  (select * from public.attempts where video_id = p_video_id and number = p_number and job_id is null)
  limit 1;
$$;
comment on function public.find_attempt(bigint, integer, text) is
  'The attempt RunPod knows as p_job_id, else the named one if its job id is not known yet.';

create function public.finish_attempt(p_attempt_id bigint, p_state text, p_news jsonb) returns void
language sql set search_path = '' as $$
  update public.attempts a set
    state = case when a.state = 'superseded' then a.state else p_state end,
    next_at = case when p_state = 'completed' and a.state <> 'superseded' then clock_timestamp() end,
    tries = 0, claimed_by = null, note = null,
    finished_at = clock_timestamp(),
    error_kind = p_news->>'error_kind', error = p_news->>'error', error_group = p_news->>'error_group',
    delay_ms = coalesce((p_news->>'delay_ms')::integer, a.delay_ms),
    execution_ms = coalesce((p_news->>'execution_ms')::integer, a.execution_ms),
    worker_id = coalesce(p_news->>'worker_id', a.worker_id),
    (cost_usd, cost_kind) = (select c.usd, case when c.usd is not null then c.kind end from (select
      coalesce((p_news->>'cost_usd')::numeric, ceil((p_news->>'execution_ms')::numeric / 1000) * a.rate_usd) as usd,
      case when p_news->>'cost_usd' is not null then 'billed' else 'estimated' end as kind) c)
  where id = p_attempt_id;
$$;
comment on function public.finish_attempt(bigint, text, jsonb) is
  'live → completed or failed, superseded stays; times, worker and cost (billed, else estimated, else unknown) are kept.';

create function public.complete_video(p_video public.videos, p_news jsonb) returns void
language sql set search_path = '' as $$
  update public.videos set status = 'completed', progress = null, cancel_requested_at = null,
    finished_at = clock_timestamp(), result_url = p_news->>'result_url', store_note = null
  where id = p_video.id;
$$;
comment on function public.complete_video(public.videos, jsonb) is 'queued, processing → completed.';

create function public.fail_video(p_video public.videos, p_kind text, p_error text) returns void
language sql set search_path = '' as $$
  update public.videos set status = 'failed', progress = null, error_kind = p_kind, error = p_error,
    finished_at = clock_timestamp()
  where id = p_video.id;
$$;
comment on function public.fail_video(public.videos, text, text) is 'any → failed, with its kind and sentence.';

create function public.retry_or_fail_video(p_video public.videos, p_number integer, p_news jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  v_kind text := case when p_video.cancel_requested_at is not null then 'cancelled'
                      else coalesce(p_news->>'error_kind', 'worker_error') end;
begin
  if v_kind <> 'cancelled' and (p_news->>'retryable')::boolean and p_video.retry_count < p_video.max_retries
     and p_video.deleted_at is null then
    update public.videos set status = 'queued', progress = null, retry_count = retry_count + 1 where id = p_video.id;
    perform public.plan_attempt(p_video, p_number + 1, public.backoff(p_video.retry_count, null));
  else
    perform public.fail_video(p_video, v_kind, p_news->>'error');
  end if;
end
$$;
comment on function public.retry_or_fail_video(public.videos, integer, jsonb) is
  'queued, processing → queued with a new attempt, if the failure may pass and retries are left; else → failed.';

create function public.backoff(p_tries integer, p_at_least double precision) returns interval
language sql volatile set search_path = '' as $$
  select make_interval(secs => greatest(coalesce(p_at_least, 0), least(300, 2 ^ least(p_tries, 10)) * (0.5 + random() / 2)));
$$;
comment on function public.backoff(integer, double precision) is
  'How long to wait after so many tries: 1, 2, 4 … 300 s, jittered downwards by up to a half, p_at_least seconds at least.';

create function public.advance_attempt(p_attempt public.attempts, p_news jsonb, p_job_id text, p_ask_again interval) returns void
language sql set search_path = '' as $$
  update public.attempts set
    state = case when state in ('processing', 'superseded') then state
                 when p_news->>'state' = 'processing' then 'processing' else 'queued' end,
    job_id = coalesce(job_id, p_job_id), claimed_by = null, note = null, tries = 0,
    submitted_at = coalesce(submitted_at, clock_timestamp()),
    started_at = case when p_news->>'state' = 'processing' then coalesce(started_at, clock_timestamp()) else started_at end,
    worker_id = coalesce(p_news->>'worker_id', worker_id),
    next_at = case when state = 'superseded' and next_at is null then clock_timestamp()
                   when p_ask_again is not null then clock_timestamp() + p_ask_again
                   when job_id is null then clock_timestamp() else next_at end
  where id = p_attempt.id and (
    state not in ('queued', 'processing') or (state = 'queued' and p_news->>'state' = 'processing') or tries > 0
    or (worker_id is null and p_news->>'worker_id' is not null)
    or next_at < clock_timestamp() + 0.75 * p_ask_again); -- news that change nothing cost no write
$$;
comment on function public.advance_attempt(public.attempts, jsonb, text, interval) is
  'waiting, sending, unknown → queued → processing, never back; a superseded job that turns up is to be cancelled now.
p_ask_again null: the job is to be cancelled, and news must not put that off.';

create function public.record_news(p_video_id bigint, p_number integer, p_job_id text, p_news jsonb, p_ask_again double precision)
returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
  v_attempt public.attempts;
begin
  select * into v_attempt from public.find_attempt(p_video_id, p_number, p_job_id);
  if not found then return; end if;
  if v_attempt.finished_at is null then
    -- News are hints: what a crash of the server may take back of the last moment is asked for again.
    perform set_config('synchronous_commit', 'off', true);
    select * into v_video from public.lock_video(v_attempt.video_id);
    select * into v_attempt from public.attempts where id = v_attempt.id for update;
  end if;
  if v_attempt.finished_at is null then
    perform public.advance_attempt(v_attempt, p_news, p_job_id,
        case when v_video.cancel_requested_at is null then make_interval(secs => p_ask_again) end)
      where p_news->>'state' in ('queued', 'processing') or v_attempt.job_id is null;
    perform public.finish_attempt(v_attempt.id, p_news->>'state', p_news) where p_news->>'state' in ('completed', 'failed');
    if v_attempt.state <> 'superseded' and v_video.id is not null then
      perform public.apply_news(v_video, v_attempt.number, p_news);
    end if;
    perform public.touch_video(v_video, v_attempt);
  end if;
  return query select * from public.video_details where id = v_attempt.video_id;
end
$$;
comment on function public.record_news(bigint, integer, text, jsonb, double precision) is
  'News of a job, by its id or by the attempt the webhook names: idempotent and monotone per attempt. No row: unknown job.';

create function public.touch_video(p_before public.videos, p_attempt_before public.attempts) returns void
language sql set search_path = '' as $$
  update public.videos v set retry_count = v.retry_count from public.attempts a
  where v.id = p_before.id and v.updated_at = p_before.updated_at and a.id = p_attempt_before.id
    and (a.job_id, a.worker_id, a.delay_ms, a.execution_ms, a.cost_usd) is distinct from (p_attempt_before.job_id,
      p_attempt_before.worker_id, p_attempt_before.delay_ms, p_attempt_before.execution_ms, p_attempt_before.cost_usd);
$$;
comment on function public.touch_video(public.videos, public.attempts) is
  'Moves the video''s updated_at where only its attempt changed in what is shown of it.';

create function public.apply_news(p_video public.videos, p_number integer, p_news jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  case p_news->>'state'
  when 'completed' then perform public.complete_video(p_video, p_news);
  when 'failed' then perform public.retry_or_fail_video(p_video, p_number, p_news);
  when 'processing' then
    update public.videos set status = 'processing',
      progress = greatest(progress, (p_news->>'progress')::real) where id = p_video.id
      and (status, progress) is distinct from ('processing', greatest(progress, (p_news->>'progress')::real));
  else null; -- queued tells nothing that the video does not say
  end case;
end
$$;
comment on function public.apply_news(public.videos, integer, jsonb) is 'Moves the video as its current attempt''s news say.';

revoke all on function public.find_attempt(bigint, integer, text), public.finish_attempt(bigint, text, jsonb),
  public.complete_video(public.videos, jsonb), public.fail_video(public.videos, text, text),
  public.retry_or_fail_video(public.videos, integer, jsonb), public.backoff(integer, double precision),
  public.advance_attempt(public.attempts, jsonb, text, interval), public.record_news(bigint, integer, text, jsonb, double precision),
  public.apply_news(public.videos, integer, jsonb), public.touch_video(public.videos, public.attempts) from public, anon, authenticated;
grant execute on function public.find_attempt(bigint, integer, text), public.finish_attempt(bigint, text, jsonb),
  public.complete_video(public.videos, jsonb), public.fail_video(public.videos, text, text),
  public.retry_or_fail_video(public.videos, integer, jsonb), public.backoff(integer, double precision),
  public.advance_attempt(public.attempts, jsonb, text, interval), public.record_news(bigint, integer, text, jsonb, double precision),
  public.apply_news(public.videos, integer, jsonb), public.touch_video(public.videos, public.attempts) to service_role;

notify pgrst, 'reload schema';
