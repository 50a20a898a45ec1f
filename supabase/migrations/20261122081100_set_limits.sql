-- Limits of one's own, set by an admin: they win over the settings.
create function public.set_limits(p_actor text, p_id text, p_limit_seconds double precision, p_max_jobs integer)
returns setof public.users
language plpgsql set search_path = '' as $$
begin
  perform public.require_admin(p_actor);
  perform public.lock_user(p_id);
  return query update public.users set limit_seconds = p_limit_seconds, max_jobs = p_max_jobs where id = p_id returning *;
  if not found then
    raise exception 'user_not_found' using errcode = 'PT404', detail = 'There is no user of that name.';
  end if;
  perform public.note_admin_action(p_actor, 'set_limits', p_id,
    jsonb_build_object('limit_seconds', p_limit_seconds, 'max_jobs', p_max_jobs));
end
$$;
comment on function public.set_limits(text, text, double precision, integer) is
  'Sets both limits of a user; null: the setting holds. Refuses not_allowed (403), user_not_found (404). Audited.';

revoke all on function public.set_limits(text, text, double precision, integer) from public, anon, authenticated;
grant execute on function public.set_limits(text, text, double precision, integer) to service_role;

notify pgrst, 'reload schema';
