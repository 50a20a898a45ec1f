-- What admins do to people: each action asks for the role, keeps somebody who can undo it, and is audited, all in one
-- transaction. It takes the place of change_user, which knew no actor.
drop function public.change_user(text, jsonb);

alter table public.users add column last_seen_at timestamptz; -- null: never yet; some minutes out of date

create function public.see_user(p_id text) returns void
language sql set search_path = '' as $$
  update public.users set last_seen_at = clock_timestamp() where id = p_id;
$$;
comment on function public.see_user(text) is 'Notes that the user is here now.';

create function public.begin_admin_action(p_actor text, p_action text, p_id text, p_detail jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  -- One at a time, or two admins could take the role from each other.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('openv admins', 0));
  if p_actor is distinct from p_id or p_action not in ('set_password', 'sign_out_everywhere') then
    perform public.require_admin(p_actor); -- everybody may end their own sessions
  end if;
  if not exists (select from public.users where id = p_id) then
    raise exception 'user_not_found' using errcode = 'PT404', detail = 'There is no user of that name.';
  end if;
  perform public.note_admin_action(p_actor, p_action, p_id, p_detail);
end
$$;
comment on function public.begin_admin_action(text, text, text, jsonb) is
  'Waits for its turn, audits p_action on the user p_id. Refuses not_allowed (403), user_not_found (404).';

create function public.keep_an_admin(p_id text) returns void
language plpgsql stable set search_path = '' as $$
begin
  if exists (select from public.users where id = p_id and role = 'admin' and disabled_at is null and password_hash is not null)
    and not exists (select from public.users
      where id <> p_id and role = 'admin' and disabled_at is null and password_hash is not null) then
    raise exception 'last_admin' using errcode = 'PT409', detail =
      format('%s is the last admin who can sign in. Make somebody else an admin first.', p_id);
  end if;
end
$$;
comment on function public.keep_an_admin(text) is 'Refuses last_admin (409) when no other active admin has a password.';

create function public.set_role(p_actor text, p_id text, p_role text) returns setof public.users
language plpgsql set search_path = '' as $$
begin
  perform public.begin_admin_action(p_actor, 'set_role', p_id, jsonb_build_object('role', p_role,
    'before', (select u.role from public.users u where u.id = p_id)));
  if p_role <> 'admin' then perform public.keep_an_admin(p_id); end if;
  return query update public.users set role = p_role where id = p_id returning *;
end
$$;
comment on function public.set_role(text, text, text) is
  'Changes what the user may do, at once. Refuses as begin_admin_action and keep_an_admin. Audited.';

create function public.disable_user(p_actor text, p_id text) returns setof public.users
language plpgsql set search_path = '' as $$
begin
  perform public.begin_admin_action(p_actor, 'disable_user', p_id, '{}');
  perform public.keep_an_admin(p_id);
  return query update public.users set disabled_at = coalesce(disabled_at, clock_timestamp()),
      sessions_valid_after = clock_timestamp()
    where id = p_id returning *;
end
$$;
comment on function public.disable_user(text, text) is
  'Nobody gets in as this user until enable_user; jobs under way go on, clips stay. Refuses as set_role. Audited.';

create function public.enable_user(p_actor text, p_id text) returns setof public.users
language plpgsql set search_path = '' as $$
begin
  perform public.begin_admin_action(p_actor, 'enable_user', p_id, '{}');
  return query update public.users set disabled_at = null where id = p_id returning *;
end
$$;
comment on function public.enable_user(text, text) is
  'Ends disable_user; sessions from before stay ended. Refuses as begin_admin_action. Audited.';

create function public.set_password(p_actor text, p_id text, p_password_hash text) returns setof public.users
language plpgsql set search_path = '' as $$
begin
  perform public.begin_admin_action(p_actor, 'set_password', p_id, '{}');
  return query update public.users set password_hash = p_password_hash, sessions_valid_after = clock_timestamp()
    where id = p_id returning *;
end
$$;
comment on function public.set_password(text, text, text) is
  'Changes the password and ends every session of the user. Refuses as begin_admin_action. Audited.';

create function public.sign_out_everywhere(p_actor text, p_id text) returns setof public.users
language plpgsql set search_path = '' as $$
begin
  perform public.begin_admin_action(p_actor, 'sign_out_everywhere', p_id, '{}');
  return query update public.users set sessions_valid_after = clock_timestamp() where id = p_id returning *;
end
$$;
comment on function public.sign_out_everywhere(text, text) is
  'Ends every session of the user. Refuses as begin_admin_action. Audited.';

revoke all on function public.see_user(text), public.begin_admin_action(text, text, text, jsonb), public.keep_an_admin(text),
  public.set_role(text, text, text), public.disable_user(text, text), public.enable_user(text, text),
  public.set_password(text, text, text), public.sign_out_everywhere(text, text) from public, anon, authenticated;
grant execute on function public.see_user(text), public.begin_admin_action(text, text, text, jsonb),
  public.keep_an_admin(text), public.set_role(text, text, text), public.disable_user(text, text),
  public.enable_user(text, text), public.set_password(text, text, text), public.sign_out_everywhere(text, text)
  to service_role;

notify pgrst, 'reload schema';
