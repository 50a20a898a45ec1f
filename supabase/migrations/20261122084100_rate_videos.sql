-- What a clip's keeper thinks of it: one to five stars, and whether it is one to come back to. The keep rate of the
-- statistics counts both, so nobody but the owner and admins may judge.
create function public.rate_video(p_video_id bigint, p_actor text, p_rating integer, p_starred boolean)
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
    if v_video.user_id <> p_actor then
      perform public.note_admin_action(p_actor, 'rate_video', p_video_id::text,
        jsonb_build_object('owner', v_video.user_id, 'rating', v_rating, 'starred', v_starred));
    end if;
  end if;
  return query select * from public.video_details where id = p_video_id;
end
$$;
comment on function public.rate_video(bigint, text, integer, boolean) is
  'Sets the rating, 1 to 5 or 0 for none, and the star; null leaves it. Refuses invalid_input (422), not_found (404). Audited where an admin does it to another''s.';

revoke all on function public.rate_video(bigint, text, integer, boolean) from public, anon, authenticated;
grant execute on function public.rate_video(bigint, text, integer, boolean) to service_role;

notify pgrst, 'reload schema';
