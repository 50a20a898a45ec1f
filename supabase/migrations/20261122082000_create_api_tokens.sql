-- API tokens: programs ask in a person's name without a browser. A token is 256 random bits that are shown once; only
-- their SHA-256 is kept, so that nobody who reads the database can use one.
create table public.api_tokens (
  id bigint generated always as identity primary key,
  user_id text not null references public.users (id),
  label text not null check (length(label) between 1 and 60),
  beginning text not null check (beginning ~ '^openv_[0-9a-f]{6}$'), -- to recognise it by; opens nothing
  secret_hash text not null unique check (secret_hash ~ '^[0-9a-f]{64}$'),
  scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['read', 'generate', 'admin']),
  created_at timestamptz not null default clock_timestamp(),
  last_used_at timestamptz,                        -- a minute out of date at most
  revoked_at timestamptz
);
comment on table public.api_tokens is 'What programs authenticate with, as hashes; a revoked one stays as a record.';
create index api_tokens_of_user on public.api_tokens (user_id, id);
alter table public.api_tokens enable row level security;
revoke all on public.api_tokens from public, anon, authenticated, service_role;
revoke all on sequence public.api_tokens_id_seq from public, anon, authenticated, service_role;
grant select, insert, update on public.api_tokens to service_role;
create policy service_role_all on public.api_tokens to service_role using (true) with check (true);

create function public.allowed_scopes(p_role text) returns text[]
language sql immutable set search_path = '' as $$
  select case p_role when 'admin' then array['read', 'generate', 'admin']
                     when 'user' then array['read', 'generate'] else array['read'] end;
$$;
comment on function public.allowed_scopes(text) is 'What a token of somebody in that role may do at most.';

create function public.create_token(
  p_actor text, p_user_id text, p_label text, p_beginning text, p_secret_hash text, p_scopes jsonb
) returns setof public.api_tokens
language plpgsql set search_path = '' as $$
declare
  v_allowed text[];
  v_scopes text[];
begin
  perform public.lock_user(p_user_id);
  select public.allowed_scopes(u.role) into v_allowed from public.users u
    where u.id = p_user_id and u.disabled_at is null and (p_actor is null or p_actor = p_user_id);
  if not found then
    raise exception 'user_not_found' using errcode = 'PT404', detail = 'There is no user of that name who can have a token.';
  end if;
  v_scopes := case when p_scopes is null then v_allowed else array(select jsonb_array_elements_text(p_scopes)) end;
  if not v_scopes <@ v_allowed then
    raise exception 'scope_not_allowed' using errcode = 'PT403',
      detail = format('This role allows no more than the scopes %s.', array_to_string(v_allowed, ', '));
  end if;
  if not exists (select from public.api_tokens where secret_hash = p_secret_hash) then
    if (select count(*) from public.api_tokens where user_id = p_user_id and revoked_at is null) >= 50 then
      raise exception 'too_many_tokens' using errcode = 'PT409', detail = 'There are 50 API tokens already. Revoke one first.';
    end if;
    insert into public.api_tokens (user_id, label, beginning, secret_hash, scopes)
      values (p_user_id, p_label, p_beginning, p_secret_hash, v_scopes);
    if p_actor is null then
      perform public.note_admin_action(null, 'create_token', p_user_id,
        jsonb_build_object('label', p_label, 'beginning', p_beginning, 'scopes', v_scopes));
    end if;
  end if;
  return query select * from public.api_tokens where secret_hash = p_secret_hash and user_id = p_user_id;
end
$$;
comment on function public.create_token(text, text, text, text, text, jsonb) is
  'Notes a token of p_user_id, made by themselves or (p_actor null, audited) on the command line; null scopes are all the'
  ' role allows. The same hash again gives the same row. Refuses user_not_found (404), scope_not_allowed (403),'
  ' too_many_tokens (409).';

create function public.list_tokens(p_actor text, p_user_id text, p_revoked boolean, p_after bigint, p_limit integer)
returns setof public.api_tokens
language plpgsql stable set search_path = '' as $$
begin
  if p_user_id is distinct from p_actor then
    perform public.require_admin(p_actor);
  end if;
  return query select * from public.api_tokens t
    where t.id > coalesce(p_after, 0) and (p_user_id is null or t.user_id = p_user_id) and (p_revoked or t.revoked_at is null)
    order by t.id limit least(p_limit, 1000);
end
$$;
comment on function public.list_tokens(text, text, boolean, bigint, integer) is
  'Up to p_limit tokens after p_after, the oldest first: of p_user_id, or (null) of everybody; revoked ones if wanted.'
  ' Refuses not_allowed (403) when somebody else than an admin asks for others''.';

create function public.revoke_token(p_actor text, p_token_id bigint) returns setof public.api_tokens
language plpgsql set search_path = '' as $$
declare
  v_token public.api_tokens;
begin
  select * into v_token from public.api_tokens where id = p_token_id for update;
  if v_token.id is null or not (p_actor is null or p_actor = v_token.user_id or public.is_admin(p_actor)) then
    raise exception 'token_not_found' using errcode = 'PT404', detail = 'There is no such API token among yours.';
  end if;
  if v_token.revoked_at is null and p_actor is distinct from v_token.user_id then
    perform public.note_admin_action(p_actor, 'revoke_token', v_token.user_id,
      jsonb_build_object('label', v_token.label, 'beginning', v_token.beginning));
  end if;
  return query update public.api_tokens set revoked_at = coalesce(revoked_at, clock_timestamp())
    where id = p_token_id returning *;
end
$$;
comment on function public.revoke_token(text, bigint) is
  'in use -> revoked, by its owner, an admin or (null) the command line, these two audited; again changes nothing.'
  ' Refuses token_not_found (404), for others'' tokens too.';

create function public.find_token_user(p_secret_hash text)
returns table (token_id bigint, scopes text[], token_user jsonb)
language plpgsql set search_path = '' as $$
declare
  v_used timestamptz;
begin
  select t.id, array(select s from unnest(t.scopes) s where s = any (public.allowed_scopes(u.role))), to_jsonb(u), t.last_used_at
    into token_id, scopes, token_user, v_used
    from public.api_tokens t join public.users u on u.id = t.user_id
    where t.secret_hash = p_secret_hash and t.revoked_at is null and u.disabled_at is null;
  if not found then return; end if;
  if v_used is null or v_used < clock_timestamp() - interval '1 minute' then
    begin
      update public.api_tokens t set last_used_at = clock_timestamp()
        where t.id = token_id and t.last_used_at is not distinct from v_used;
    exception when read_only_sql_transaction then
      null; -- a full disk is no reason to refuse who only reads
    end;
  end if;
  return next;
end
$$;
comment on function public.find_token_user(text) is
  'The token of that hash, its user, and those of its scopes that the user''s role allows now; no row when it is unknown,'
  ' revoked, or its user disabled. Notes the use, once a minute at most.';

revoke all on function public.allowed_scopes(text), public.create_token(text, text, text, text, text, jsonb),
  public.list_tokens(text, text, boolean, bigint, integer), public.revoke_token(text, bigint),
  public.find_token_user(text) from public, anon, authenticated;
grant execute on function public.allowed_scopes(text), public.create_token(text, text, text, text, text, jsonb),
  public.list_tokens(text, text, boolean, bigint, integer), public.revoke_token(text, bigint),
  public.find_token_user(text) to service_role;

notify pgrst, 'reload schema';
