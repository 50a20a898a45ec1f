-- A deleted clip can be brought back for 30 days, by whoever finds it: what can still be restored has a list of its own.
create index videos_deleted on public.videos (id desc) where deleted_at is not null;
create index videos_deleted_of on public.videos (user_id, id desc) where deleted_at is not null;

create function public.list_deleted_videos(
  p_actor text, p_owner text, p_before bigint, p_limit integer, p_status text, p_model text, p_search text
) returns setof public.video_details
language plpgsql stable set search_path = '' as $$
begin
  if p_owner is distinct from p_actor then
    perform public.require_admin(p_actor);
  end if;
  -- Chosen first, looked up then: the planner believes find_video to give a thousand rows each time, and reads too far.
  if p_owner is null then
    return query select d.* from (
      select v.id from public.videos v
      where v.deleted_at is not null and v.purge_next_at > clock_timestamp() and v.purge_started_at is null
        and v.id < coalesce(p_before, 9223372036854775807)
        and (p_status is null or v.status = p_status)
        and (p_model is null or v.model = p_model)
        and (p_search is null or position(lower(p_search) in lower(v.prompt)) > 0)
      order by v.id desc limit least(p_limit, 1000)
    ) found cross join lateral public.find_video(found.id, p_actor) d order by found.id desc;
  elsif public.is_active_user(p_actor) then
    return query select d.* from (
      select v.id from public.videos v
      where v.user_id = p_owner
        and v.deleted_at is not null and v.purge_next_at > clock_timestamp() and v.purge_started_at is null
        and v.id < coalesce(p_before, 9223372036854775807)
        and (p_status is null or v.status = p_status)
        and (p_model is null or v.model = p_model)
        and (p_search is null or position(lower(p_search) in lower(v.prompt)) > 0)
      order by v.id desc limit least(p_limit, 1000)
    ) found cross join lateral public.find_video(found.id, p_actor) d order by found.id desc;
  end if;
end
$$;
comment on function public.list_deleted_videos(text, text, bigint, integer, text, text, text) is
  'Up to p_limit deleted videos of p_owner that can still be restored, newest first, as list_videos; none for who is disabled. Another''s, or with null everybody''s, for admins: refuses not_allowed (403).';

revoke all on function public.list_deleted_videos(text, text, bigint, integer, text, text, text)
  from public, anon, authenticated;
grant execute on function public.list_deleted_videos(text, text, bigint, integer, text, text, text) to service_role;

notify pgrst, 'reload schema';
