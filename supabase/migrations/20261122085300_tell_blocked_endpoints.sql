-- Admins hear of an endpoint that refuses us as soon as it does, and that it takes jobs again.
alter table public.endpoints add column blocked_since timestamptz not null default clock_timestamp();

create table public.topics (
  id text primary key,
  changed_at timestamptz not null default clock_timestamp()
);
comment on table public.topics is 'When what is watched besides one user''s videos last changed; feeds know them as *id, which is no user''s name.';
alter table public.topics enable row level security;
create policy service_role_all on public.topics to service_role using (true) with check (true);
revoke all on public.topics from public, anon, authenticated, service_role;
grant select, insert, update on public.topics to service_role;

create function public.announce_endpoint() returns trigger
language plpgsql set search_path = '' as $$
begin
  insert into public.topics (id) values ('endpoints') on conflict (id) do update set changed_at = clock_timestamp();
  perform pg_catalog.pg_notify('openv_videos', '*endpoints');
  if tg_op = 'INSERT' then
    perform public.notify_user(u.id, 'blocked', null, new.id, new.reason)
      from public.users u where u.role = 'admin' and u.disabled_at is null;
  end if;
  return null;
end
$$;
comment on function public.announce_endpoint() is 'Tells every admin once that an endpoint is blocked, and all feeds when that changes.';
create trigger announce_endpoint after insert or delete on public.endpoints
  for each row execute function public.announce_endpoint();
create trigger announce_other_reason after update on public.endpoints
  for each row when (old.reason is distinct from new.reason) execute function public.announce_endpoint();

create function public.list_blocked_endpoints() returns setof public.endpoints
language sql stable set search_path = '' as $$
  select * from public.endpoints order by blocked_since, id limit 100;
$$;
comment on function public.list_blocked_endpoints() is 'The endpoints that refuse us now, the longest blocked first.';

create or replace function public.list_watched_marks(p_user_ids jsonb) returns table (user_id text, mark text, active boolean)
language sql stable set search_path = '' as $$
  with watched as (select id, id in ('*all', '*shared') as is_team from jsonb_array_elements_text(p_user_ids) as u (id)),
  team as materialized (
    select md5(string_agg(latest.at::text, ' ' order by u.id)) as mark,
      exists (select from public.videos v where v.status in ('queued', 'processing')) as active
    from public.users u
    cross join lateral (select max(v.updated_at) as at from public.videos v where v.user_id = u.id) latest
    where exists (select from watched where is_team)
  )
  select w.id, greatest((select max(v.updated_at) from public.videos v where v.user_id = w.id),
      (select greatest(max(n.at), max(n.read_at)) from public.notifications n where n.user_id = w.id),
      (select t.changed_at from public.topics t where '*' || t.id = w.id))::text,
    exists (select from public.videos v where v.user_id = w.id and v.status in ('queued', 'processing'))
  from watched w where not w.is_team
  union all
  select w.id, t.mark, t.active from watched w cross join team t where w.is_team
  limit 1000;
$$;
comment on function public.list_watched_marks(jsonb) is
  'For each of those users, *topics, and the names that stand for everybody, a mark that differs after any change, and whether a job is under way.';

-- With no job left to send, nothing else would find out that the endpoint works again.
create function public.claim_probes(p_limit integer) returns setof public.work
language sql set search_path = '' as $$
  with due as (
    select e.id from public.endpoints e where e.blocked_until <= clock_timestamp()
      and not exists (select from public.attempts a where a.state in ('waiting', 'sending') and a.endpoint = e.id)
    order by e.id limit p_limit for update of e skip locked
  ), claimed as (
    update public.endpoints e set blocked_until = clock_timestamp() + interval '1 minute'
    from due where e.id = due.id returning e.*
  )
  select 'probe', null::bigint, null::bigint, null::integer, '', '', c.id, null::text, null::jsonb, null::text,
    null::text[], c.tries
  from claimed c;
$$;
comment on function public.claim_probes(integer) is 'Blocked endpoints that no waiting job would try, to be asked whether they answer again.';

create function public.record_still_blocked(p_endpoint text, p_reason text) returns void
language sql set search_path = '' as $$
  update public.endpoints e set reason = p_reason, tries = e.tries + 1,
    blocked_until = clock_timestamp() + greatest(interval '15 seconds', public.backoff(e.tries + 3, null))
  where e.id = p_endpoint;
$$;
comment on function public.record_still_blocked(text, text) is 'The endpoint still refuses us: asked again after a growing pause.';

create function public.record_unblocked(p_endpoint text) returns void
language sql set search_path = '' as $$
  delete from public.endpoints where id = p_endpoint;
$$;
comment on function public.record_unblocked(text) is 'blocked → gone: the endpoint answers us again.';

revoke all on function public.announce_endpoint(), public.list_blocked_endpoints(), public.claim_probes(integer),
  public.record_still_blocked(text, text), public.record_unblocked(text) from public, anon, authenticated;
grant execute on function public.announce_endpoint(), public.list_blocked_endpoints(), public.claim_probes(integer),
  public.record_still_blocked(text, text), public.record_unblocked(text) to service_role;

notify pgrst, 'reload schema';
