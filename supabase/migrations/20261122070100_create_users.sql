-- Who may use the system. A user's id is the name they sign in with; rows are disabled, never deleted, so that
-- nobody inherits another's clips by taking an old name.
create table public.users (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
  display_name text not null check (length(display_name) between 1 and 100),
  password_hash text,                              -- null: cannot sign in with a password
  role text not null check (role in ('restricted', 'user', 'admin')),
  limit_seconds numeric check (limit_seconds >= 0), -- null: the setting holds
  max_jobs integer check (max_jobs >= 0),           -- null: the setting holds
  disabled_at timestamptz,
  sessions_valid_after timestamptz not null default 'epoch', -- a session issued before is signed out
  created_at timestamptz not null default now()
);
comment on table public.users is 'People and their roles: restricted looks, user generates, admin sees everything.';
alter table public.users enable row level security;
revoke all on public.users from public, anon, authenticated;
grant select, insert, update on public.users to service_role;
create policy service_role_all on public.users to service_role using (true) with check (true);

create function public.find_user(p_id text) returns setof public.users
language sql stable set search_path = '' as $$
  select * from public.users where id = p_id;
$$;
comment on function public.find_user(text) is 'The user of that name, or no row.';

create function public.list_users(p_after text, p_limit integer) returns setof public.users
language sql stable set search_path = '' as $$
  select * from public.users where id > coalesce(p_after, '') order by id limit least(p_limit, 1000);
$$;
comment on function public.list_users(text, integer) is 'Up to p_limit users by name, those after p_after.';

create function public.add_user(p_id text, p_display_name text, p_password_hash text, p_role text)
returns setof public.users
language plpgsql set search_path = '' as $$
begin
  return query insert into public.users (id, display_name, password_hash, role)
    values (p_id, p_display_name, p_password_hash, p_role)
    on conflict (id) do nothing returning *;
  if not found then
    raise exception 'user_exists' using errcode = 'PT409', detail = 'There is already a user of that name. Choose another.';
  end if;
end
$$;
comment on function public.add_user(text, text, text, text) is
  'Adds a user and returns the row. Refuses user_exists (409) when the name is taken.';

create function public.change_user(p_id text, p_changes jsonb) returns setof public.users
language plpgsql set search_path = '' as $$
begin
  return query update public.users set
      display_name = coalesce(p_changes->>'display_name', display_name),
      password_hash = coalesce(p_changes->>'password_hash', password_hash),
      role = coalesce(p_changes->>'role', role),
      sessions_valid_after = case when p_changes ?| array['password_hash', 'sign_out'] then clock_timestamp()
                                  else sessions_valid_after end
    where id = p_id returning *;
  if not found then
    raise exception 'user_not_found' using errcode = 'PT404', detail = 'There is no user of that name.';
  end if;
end
$$;
comment on function public.change_user(text, jsonb) is
  'Changes display_name, role or password_hash; a new password or sign_out ends every session. Refuses user_not_found (404).';

revoke all on function public.find_user(text), public.list_users(text, integer),
  public.add_user(text, text, text, text), public.change_user(text, jsonb) from public, anon, authenticated;
grant execute on function public.find_user(text), public.list_users(text, integer),
  public.add_user(text, text, text, text), public.change_user(text, jsonb) to service_role;

notify pgrst, 'reload schema';
