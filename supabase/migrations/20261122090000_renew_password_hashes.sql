-- A password hash made the way it was done before is replaced at the next sign-in, when the password is at hand.

create function public.renew_password_hash(p_id text, p_known text, p_password_hash text) returns void
language sql set search_path = '' as $$
  update public.users set password_hash = p_password_hash where id = p_id and password_hash = p_known
$$;
comment on function public.renew_password_hash(text, text, text) is
  'Replaces p_known, another hash of the same password, if it is still the one kept; sessions go on.';

revoke all on function public.renew_password_hash(text, text, text) from public, anon, authenticated;
grant execute on function public.renew_password_hash(text, text, text) to service_role;

notify pgrst, 'reload schema';
