-- A clip that somebody tries again by hand has all its automatic retries anew: what failed before no longer counts.
-- retry_count goes on counting every automatic retry there ever was, as the API and the statistics mean it.
create function public.count_failures(p_video public.videos) returns bigint
language sql stable set search_path = '' as $$
  select count(*) from public.attempts
  where video_id = p_video.id and state = 'failed' and created_at >= coalesce(p_video.retried_at, p_video.created_at);
$$;
comment on function public.count_failures(public.videos) is
  'Submissions of that video that failed since it was asked for, or last tried again by hand.';

create or replace function public.retry_or_fail_video(p_video public.videos, p_number integer, p_news jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  v_kind text := case when p_video.cancel_requested_at is not null then 'cancelled'
                      else coalesce(p_news->>'error_kind', 'worker_error') end;
  v_failures bigint := public.count_failures(p_video); -- the one that is told of is among them
begin
  if v_kind <> 'cancelled' and (p_news->>'retryable')::boolean and v_failures <= p_video.max_retries
     and p_video.deleted_at is null then
    update public.videos set status = 'queued', progress = null, retry_count = retry_count + 1 where id = p_video.id;
    perform public.plan_attempt(p_video, p_number + 1, public.backoff((v_failures - 1)::integer, null));
  else
    perform public.fail_video(p_video, v_kind, p_news->>'error');
  end if;
end
$$;
comment on function public.retry_or_fail_video(public.videos, integer, jsonb) is
  'queued, processing → queued with a new attempt, if the failure may pass and retries are left since it was last tried by hand; else → failed.';

revoke all on function public.count_failures(public.videos) from public, anon, authenticated;
grant execute on function public.count_failures(public.videos) to service_role;

notify pgrst, 'reload schema';
