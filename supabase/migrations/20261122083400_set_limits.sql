-- Limits of one person, set by an admin; without them the settings hold.
create function public.set_limits(p_actor text, p_id text, p_limit_seconds double precision, p_max_jobs integer)
returns setof public.users
language plpgsql set search_path = '' as $$
begin
  perform public.begin_admin_action(p_actor, 'set_limits', p_id,
    jsonb_build_object('limit_seconds', p_limit_seconds, 'max_jobs', p_max_jobs));
  return query update public.users set limit_seconds = p_limit_seconds::numeric, max_jobs = p_max_jobs
    where id = p_id returning *;
end
$$;
comment on function public.set_limits(text, text, double precision, integer) is
  'The user''s own limits; null: the setting holds. Refuses as begin_admin_action. Audited.';

revoke all on function public.set_limits(text, text, double precision, integer) from public, anon, authenticated;
grant execute on function public.set_limits(text, text, double precision, integer) to service_role;

notify pgrst, 'reload schema';
