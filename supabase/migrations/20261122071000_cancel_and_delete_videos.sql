-- What people do to a video: cancel, try again, delete, restore. Owner or admin only; checked here.
create function public.lock_own_video(p_video_id bigint, p_actor text) returns setof public.videos
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select * into v_video from public.lock_video(p_video_id);
  if v_video.id is null or not (v_video.user_id = p_actor or public.is_admin(p_actor)) then
    raise exception 'not_found' using errcode = 'PT404', detail = 'There is no such clip among yours.';
  end if;
  return next v_video;
end
$$;
comment on function public.lock_own_video(bigint, text) is
  'The video, locked, if p_actor may change it. Refuses not_found (404), the same for "not there" and "not yours".';

create function public.stop_video(p_video public.videos) returns void
language plpgsql set search_path = '' as $$
declare
  v_attempt public.attempts;
begin
  update public.videos set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()) where id = p_video.id;
  update public.attempts set next_at = clock_timestamp()
    where video_id = p_video.id and state in ('queued', 'processing');
  select * into v_attempt from public.attempts where video_id = p_video.id and state = 'waiting' for update;
  if found then
    perform public.finish_attempt(v_attempt.id, 'failed', '{"error_kind": "cancelled"}');
    perform public.fail_video(p_video, 'cancelled', null);
  end if;
end
$$;
comment on function public.stop_video(public.videos) is
  'queued before RunPod has it → failed (cancelled) at once; later: asked for, and carried out by the loop.';

create function public.cancel_video(p_video_id bigint, p_actor text) returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select * into v_video from public.lock_own_video(p_video_id, p_actor);
  if v_video.status not in ('queued', 'processing') then
    raise exception 'not_active' using errcode = 'PT409', detail = 'This clip is finished already, so there is nothing to cancel.';
  end if;
  perform public.stop_video(v_video);
  return query select * from public.video_details where id = p_video_id;
end
$$;
comment on function public.cancel_video(bigint, text) is
  'queued, processing → failed (cancelled), once RunPod confirms. Refuses not_active (409), not_found (404).';

create function public.retry_video(p_video_id bigint, p_actor text, p_limits jsonb) returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select * into v_video from public.lock_own_video(p_video_id, p_actor);
  if v_video.status <> 'failed' or v_video.deleted_at is not null then
    raise exception 'not_failed' using errcode = 'PT409', detail = 'Only a failed clip can be tried again.';
  end if;
  perform public.check_may_submit(v_video.user_id, v_video.frames / v_video.fps, p_limits);
  update public.videos set status = 'queued', error_kind = null, error = null, finished_at = null, result_url = null,
    cancel_requested_at = null, store_note = null, retried_at = clock_timestamp() where id = p_video_id;
  perform public.plan_attempt(v_video, (select max(number) + 1 from public.attempts where video_id = p_video_id), interval '0');
  return query select * from public.video_details where id = p_video_id;
end
$$;
comment on function public.retry_video(bigint, text, jsonb) is
  'failed → queued with a new attempt. Refuses not_failed (409), not_found (404) and as check_may_submit.';

create function public.delete_videos(p_actor text, p_ids jsonb, p_job_ids jsonb, p_keep_seconds double precision)
returns table (id bigint)
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  for v_video in
    select v.* from public.videos v where v.deleted_at is null and (v.user_id = p_actor or public.is_admin(p_actor))
      and v.id in (select n::bigint from jsonb_array_elements_text(p_ids) as i (n)
        union select a.video_id from public.attempts a where a.job_id in (select jsonb_array_elements_text(p_job_ids)))
    order by v.user_id, v.id
  loop
    select * into v_video from public.lock_video(v_video.id);
    continue when v_video.deleted_at is not null;
    update public.videos set deleted_at = clock_timestamp(),
      purge_next_at = clock_timestamp() + make_interval(secs => p_keep_seconds) where videos.id = v_video.id;
    if v_video.status in ('queued', 'processing') then
      perform public.stop_video(v_video);
    end if;
    id := v_video.id;
    return next;
  end loop;
end
$$;
comment on function public.delete_videos(text, jsonb, jsonb, double precision) is
  'any → deleted, restorable for p_keep_seconds, its job cancelled. Returns the ids deleted now; others'' and unknown ones are left out.';

create function public.restore_video(p_video_id bigint, p_actor text) returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select * into v_video from public.lock_own_video(p_video_id, p_actor);
  if v_video.deleted_at is null then
    raise exception 'not_deleted' using errcode = 'PT409', detail = 'This clip is not deleted.';
  end if;
  if v_video.purge_next_at <= clock_timestamp() or v_video.purge_started_at is not null then
    raise exception 'too_late' using errcode = 'PT409', detail = 'This clip was deleted too long ago to be restored.';
  end if;
  update public.videos set deleted_at = null, purge_next_at = null where id = p_video_id;
  return query select * from public.video_details where id = p_video_id;
end
$$;
comment on function public.restore_video(bigint, text) is
  'deleted → as before, until its files are removed. Refuses not_deleted, too_late (409), not_found (404).';

create function public.purge_video(p_video_id bigint) returns void
language plpgsql set search_path = '' as $$
begin
  perform public.lock_video(p_video_id);
  delete from public.videos where id = p_video_id and deleted_at is not null and purge_next_at is not null;
end
$$;
comment on function public.purge_video(bigint) is 'deleted → gone; called once the storage has confirmed that the files are.';

revoke all on function public.lock_own_video(bigint, text), public.stop_video(public.videos),
  public.cancel_video(bigint, text), public.retry_video(bigint, text, jsonb),
  public.delete_videos(text, jsonb, jsonb, double precision), public.restore_video(bigint, text), public.purge_video(bigint)
  from public, anon, authenticated;
grant execute on function public.lock_own_video(bigint, text), public.stop_video(public.videos),
  public.cancel_video(bigint, text), public.retry_video(bigint, text, jsonb),
  public.delete_videos(text, jsonb, jsonb, double precision), public.restore_video(bigint, text), public.purge_video(bigint)
  to service_role;

notify pgrst, 'reload schema';
