-- Codes with which people register themselves. Only a hash is kept: whoever reads the table can invite nobody.
create table public.invites (
  id bigint generated always as identity primary key,
  code_hash text not null unique check (length(code_hash) = 64),
  label text not null default '' check (length(label) <= 100), -- whom it is for, for the admins
  role text not null check (role in ('restricted', 'user', 'admin')),
  max_uses integer not null check (max_uses between 1 and 1000),
  used integer not null default 0 check (used between 0 and max_uses),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  created_by text references public.users (id),               -- null: the command line
  created_at timestamptz not null default clock_timestamp()
);
comment on table public.invites is 'Codes for registering: as what, how often, how long; they count while their maker is an admin.';

alter table public.invites enable row level security;
revoke all on public.invites from public, anon, authenticated, service_role;
revoke all on sequence public.invites_id_seq from public, anon, authenticated, service_role;
grant select, insert, update on public.invites to service_role;
create policy service_role_all on public.invites to service_role using (true) with check (true);

create function public.create_invite(p_actor text, p_code_hash text, p_label text, p_role text, p_uses integer, p_days double precision)
returns setof public.invites
language plpgsql set search_path = '' as $$
declare
  v_invite public.invites;
begin
  perform public.require_admin(p_actor);
  insert into public.invites (code_hash, label, role, max_uses, expires_at, created_by)
    values (p_code_hash, p_label, p_role, p_uses, clock_timestamp() + p_days * interval '1 day', p_actor)
    returning * into v_invite;
  perform public.note_admin_action(p_actor, 'create_invite', 'invite ' || v_invite.id,
    jsonb_build_object('label', p_label, 'role', p_role, 'uses', p_uses, 'expires_at', v_invite.expires_at));
  return next v_invite;
end
$$;
comment on function public.create_invite(text, text, text, text, integer, double precision) is
  'Adds an invite for p_uses people, good for p_days. Refuses not_allowed (403). Audited.';

create function public.list_invites(p_actor text, p_before bigint, p_limit integer) returns setof public.invites
language plpgsql stable set search_path = '' as $$
begin
  perform public.require_admin(p_actor);
  return query select * from public.invites i where i.id < coalesce(p_before, 9223372036854775807)
    order by i.id desc limit least(p_limit, 1000);
end
$$;
comment on function public.list_invites(text, bigint, integer) is
  'Up to p_limit invites, the newest first, before p_before. Refuses not_allowed (403).';

create function public.revoke_invite(p_actor text, p_invite_id bigint) returns setof public.invites
language plpgsql set search_path = '' as $$
begin
  perform public.require_admin(p_actor);
  return query update public.invites set revoked_at = coalesce(revoked_at, clock_timestamp())
    where id = p_invite_id returning *;
  if not found then
    raise exception 'invite_not_found' using errcode = 'PT404', detail = 'There is no such invite.';
  end if;
  perform public.note_admin_action(p_actor, 'revoke_invite', 'invite ' || p_invite_id, '{}');
end
$$;
comment on function public.revoke_invite(text, bigint) is
  'Nobody registers with it any more; who did stays. Refuses not_allowed (403), invite_not_found (404). Audited.';

create function public.take_invite(p_code_hash text) returns setof public.invites
language plpgsql set search_path = '' as $$
begin
  return query update public.invites i set used = used + 1
    where code_hash = p_code_hash and used < max_uses and revoked_at is null and expires_at > clock_timestamp()
      and (created_by is null or public.is_admin(created_by)) returning *;
  if not found then
    raise exception 'invite_refused' using errcode = 'PT403', detail =
      'This invite code cannot be used. Check it letter by letter, or ask an admin for a new one.';
  end if;
end
$$;
comment on function public.take_invite(text) is
  'Counts one use. Refuses invite_refused (403): unknown, used up, expired, revoked, or its maker is no admin any more.';

create function public.register(p_code_hash text, p_id text, p_display_name text, p_password_hash text) returns setof public.users
language plpgsql set search_path = '' as $$
declare
  v_invite public.invites;
begin
  select * into v_invite from public.take_invite(p_code_hash);
  perform public.note_admin_action(p_id, 'register', p_id,
    jsonb_build_object('invite', v_invite.id, 'invited_by', v_invite.created_by, 'role', v_invite.role));
  return query select * from public.add_user(p_id, p_display_name, p_password_hash, v_invite.role);
end
$$;
comment on function public.register(text, text, text, text) is
  'Adds the user that an invite admits and counts its use, or neither. Refuses invite_refused (403), user_exists (409). Audited.';

revoke all on function public.create_invite(text, text, text, text, integer, double precision), public.list_invites(text, bigint, integer),
  public.revoke_invite(text, bigint), public.take_invite(text), public.register(text, text, text, text)
  from public, anon, authenticated;
grant execute on function public.create_invite(text, text, text, text, integer, double precision),
  public.list_invites(text, bigint, integer), public.revoke_invite(text, bigint), public.take_invite(text),
  public.register(text, text, text, text) to service_role;

notify pgrst, 'reload schema';
