-- Signing out ends the session itself, in every tab that has it open and for whoever has copied its cookie. A cookie is
-- signed and valid until its end, so that those left before are remembered here until then; as hashes, for a row that
-- got abroad is no cookie.
create table public.ended_sessions (
  session_hash text primary key check (length(session_hash) = 64),
  ends_at timestamptz not null
);
comment on table public.ended_sessions is 'Sessions that were signed out before their cookie''s own end, until that.';

alter table public.ended_sessions enable row level security;
revoke all on public.ended_sessions from public, anon, authenticated, service_role;
grant select, insert, delete on public.ended_sessions to service_role;
create policy service_role_all on public.ended_sessions to service_role using (true) with check (true);

create function public.end_session(p_session_hash text, p_ends_at timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
  delete from public.ended_sessions where ends_at < clock_timestamp();
  insert into public.ended_sessions values (p_session_hash, p_ends_at) on conflict do nothing;
end
$$;
comment on function public.end_session(text, timestamptz) is 'That session stands for nobody from now on; forgotten after p_ends_at.';

create function public.find_session_user(p_id text, p_session_hash text) returns setof public.users
language sql stable set search_path = '' as $$
  select * from public.users
  where id = p_id and not exists (select from public.ended_sessions where session_hash = p_session_hash);
$$;
comment on function public.find_session_user(text, text) is 'The user of that session, or no row when it was ended.';

revoke all on function public.end_session(text, timestamptz), public.find_session_user(text, text)
  from public, anon, authenticated;
grant execute on function public.end_session(text, timestamptz), public.find_session_user(text, text) to service_role;

notify pgrst, 'reload schema';
