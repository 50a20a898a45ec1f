-- Whoever is disabled changes nothing any more, whichever way they come: the functions themselves refuse, as for admins.
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

notify pgrst, 'reload schema';
