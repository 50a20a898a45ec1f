-- Whatever an admin does to somebody else's clip is in the audit trail: cancelling, trying again, deleting and restoring as
-- well as sharing and rating. Whoever is disabled changes nothing any more, whichever way they come.
create function public.note_change_by_admin(p_video public.videos, p_actor text, p_action text, p_detail jsonb)
returns void
language plpgsql set search_path = '' as $$
begin
  if p_video.user_id <> p_actor then
    perform public.note_admin_action(p_actor, p_action, p_video.id::text,
      jsonb_build_object('owner', p_video.user_id) || p_detail);
  end if;
end
$$;
comment on function public.note_change_by_admin(public.videos, text, text, jsonb) is
  'Adds a line to the audit trail where p_actor, who may change the video, is not its owner. In the transaction of the change.';

create or replace function public.lock_own_video(p_video_id bigint, p_actor text) returns setof public.videos
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select * into v_video from public.lock_video(p_video_id);
  if v_video.id is null or not (public.is_active_user(p_actor) and (v_video.user_id = p_actor or public.is_admin(p_actor))) then
    raise exception 'not_found' using errcode = 'PT404', detail = 'There is no such clip among yours.';
  end if;
  return next v_video;
end
$$;
comment on function public.lock_own_video(bigint, text) is
  'The video, locked, if p_actor may change it. Refuses not_found (404), the same for "not there", "not yours" and "disabled".';

create or replace function public.cancel_video(p_video_id bigint, p_actor text) returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select * into v_video from public.lock_own_video(p_video_id, p_actor);
  if v_video.status not in ('queued', 'processing') then
    raise exception 'not_active' using errcode = 'PT409', detail = 'This clip is finished already, so there is nothing to cancel.';
  end if;
  if v_video.cancel_requested_at is null then
    perform public.note_change_by_admin(v_video, p_actor, 'cancel_video', '{}');
  end if;
  perform public.stop_video(v_video);
  return query select * from public.video_details where id = p_video_id;
end
$$;
comment on function public.cancel_video(bigint, text) is
  'queued, processing → failed (cancelled), once RunPod confirms. Refuses not_active (409), not_found (404). Audited where an admin does it to another''s.';

create or replace function public.retry_video(p_video_id bigint, p_actor text, p_limits jsonb) returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_hard_usd numeric;
  v_video public.videos;
begin
  v_hard_usd := public.lock_budget();
  select * into v_video from public.lock_own_video(p_video_id, p_actor);
  if v_video.status <> 'failed' or v_video.deleted_at is not null then
    raise exception 'not_failed' using errcode = 'PT409', detail = 'Only a failed clip can be tried again.';
  end if;
  perform public.check_may_submit(v_video.user_id, v_video.frames / v_video.fps, p_limits);
  perform public.check_budget(v_hard_usd, v_video.expected_usd, p_limits);
  perform public.note_change_by_admin(v_video, p_actor, 'retry_video', '{}');
  update public.videos set status = 'queued', error_kind = null, error = null, finished_at = null, result_url = null,
    cancel_requested_at = null, store_note = null, retried_at = clock_timestamp() where id = p_video_id;
  perform public.plan_attempt(v_video, (select max(number) + 1 from public.attempts where video_id = p_video_id), interval '0');
  return query select * from public.video_details where id = p_video_id;
end
$$;
comment on function public.retry_video(bigint, text, jsonb) is
  'failed → queued with a new attempt. Refuses not_failed (409), not_found (404) and as check_may_submit and check_budget. Audited where an admin does it to another''s.';

create or replace function public.delete_videos(p_actor text, p_ids jsonb, p_job_ids jsonb, p_keep_seconds double precision)
returns table (id bigint)
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  for v_video in
    select v.* from public.videos v where v.deleted_at is null and public.is_active_user(p_actor)
      and (v.user_id = p_actor or public.is_admin(p_actor))
      and v.id in (select n::bigint from jsonb_array_elements_text(p_ids) as i (n)
        union select a.video_id from public.attempts a where a.job_id in (select jsonb_array_elements_text(p_job_ids)))
    order by v.user_id, v.id
  loop
    select * into v_video from public.lock_video(v_video.id);
    continue when v_video.deleted_at is not null;
    perform public.note_change_by_admin(v_video, p_actor, 'delete_video', '{}');
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
  'any → deleted, restorable for p_keep_seconds, its job cancelled. Returns the ids deleted now; others'' and unknown ones are left out. Audited where an admin does it to another''s.';

create or replace function public.restore_video(p_video_id bigint, p_actor text) returns setof public.video_details
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
  perform public.note_change_by_admin(v_video, p_actor, 'restore_video', '{}');
  update public.videos set deleted_at = null, purge_next_at = null where id = p_video_id;
  return query select * from public.video_details where id = p_video_id;
end
$$;
comment on function public.restore_video(bigint, text) is
  'deleted → as before, until its files are removed. Refuses not_deleted, too_late (409), not_found (404). Audited where an admin does it to another''s.';

create or replace function public.share_video(p_video_id bigint, p_actor text, p_shared boolean) returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select * into v_video from public.lock_own_video(p_video_id, p_actor);
  if v_video.shared <> p_shared then
    update public.videos set shared = p_shared where id = p_video_id;
    perform public.note_change_by_admin(v_video, p_actor, case when p_shared then 'share_video' else 'unshare_video' end, '{}');
  end if;
  return query select * from public.video_details where id = p_video_id;
end
$$;

create or replace function public.rate_video(p_video_id bigint, p_actor text, p_rating integer, p_starred boolean)
returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
  v_rating smallint;
  v_starred boolean;
begin
  if p_rating not between 0 and 5 then
    raise exception 'invalid_input' using errcode = 'PT422', detail = 'A rating is 1 to 5 stars, or none.';
  end if;
  select * into v_video from public.lock_own_video(p_video_id, p_actor);
  v_rating := case when p_rating is null then v_video.rating else nullif(p_rating, 0) end;
  v_starred := coalesce(p_starred, v_video.starred);
  if (v_video.rating, v_video.starred) is distinct from (v_rating, v_starred) then
    update public.videos set rating = v_rating, starred = v_starred where id = p_video_id;
    perform public.note_change_by_admin(v_video, p_actor, 'rate_video',
      jsonb_build_object('rating', v_rating, 'starred', v_starred));
  end if;
  return query select * from public.video_details where id = p_video_id;
end
$$;

revoke all on function public.note_change_by_admin(public.videos, text, text, jsonb) from public, anon, authenticated;
grant execute on function public.note_change_by_admin(public.videos, text, text, jsonb) to service_role;

notify pgrst, 'reload schema';
