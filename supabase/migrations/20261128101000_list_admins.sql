-- Names that belong to the demo and to TEST_MODE let nobody in on a real server, whatever password they have got: an admin
-- of such a name saves nobody from being locked out, and does not count when it is asked whether there is an admin.
create function public.list_admins() returns setof text
language sql stable set search_path = '' as $$
  select u.id from public.users u
    where u.role = 'admin' and u.disabled_at is null and u.password_hash is not null
      and u.id not in ('demo', 'demo-admin', 'test-user'); -- KEPT_NAMES of services/names.py
$$;
comment on function public.list_admins() is
  'The names of the admins who can sign in: active, with a password, and not kept for the demo or TEST_MODE.';

create or replace function public.keep_an_admin(p_id text) returns void
language plpgsql stable set search_path = '' as $$
begin
  if p_id in (select * from public.list_admins())
    and not exists (select from public.list_admins() other where other <> p_id) then
    raise exception 'last_admin' using errcode = 'PT409', detail =
      format('%s is the last admin who can sign in. Make somebody else an admin first.', p_id);
  end if;
end
$$;
comment on function public.keep_an_admin(text) is 'Refuses last_admin (409) when list_admins has nobody else.';

revoke all on function public.list_admins() from public, anon, authenticated;
grant execute on function public.list_admins() to service_role;

notify pgrst, 'reload schema';
