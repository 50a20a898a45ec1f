-- What the pages for admins read: everybody with what they use, and what was done.
create index audit_events_of on public.audit_events (subject, id);
create index audit_events_by on public.audit_events (actor, id);

create function public.list_people(p_actor text, p_search text, p_after text, p_limit integer, p_limits jsonb)
returns table (id text, display_name text, role text, own_limit_seconds numeric, own_max_jobs integer, has_password boolean,
  disabled_at timestamptz, last_seen_at timestamptz, created_at timestamptz, limit_seconds numeric,
  used_seconds numeric, max_jobs integer, active_jobs bigint)
language plpgsql stable set search_path = '' as $$
begin
  perform public.require_admin(p_actor);
  return query
    select u.id, u.display_name, u.role, u.limit_seconds, u.max_jobs, u.password_hash is not null, u.disabled_at,
      u.last_seen_at, u.created_at, q.limit_seconds, q.used_seconds, q.max_jobs, q.active_jobs
    from (select * from public.users p
          where p.id > coalesce(p_after, '') and (p_search is null
            or position(lower(p_search) in p.id) > 0 or position(lower(p_search) in lower(p.display_name)) > 0)
          order by p.id limit least(p_limit, 1000)) u
    cross join lateral public.find_quota(u.id, p_limits) q order by u.id;
end
$$;
comment on function public.list_people(text, text, text, integer, jsonb) is
  'Up to p_limit people by name, those after p_after, with what they use; p_limits as in find_quota. Refuses not_allowed (403).';

create function public.list_audit_events(p_actor text, p_person text, p_before bigint, p_limit integer)
returns setof public.audit_events
language plpgsql stable set search_path = '' as $$
begin
  perform public.require_admin(p_actor);
  return query select * from public.audit_events e
    where e.id < coalesce(p_before, 9223372036854775807) and (p_person is null or p_person in (e.actor, e.subject))
    order by e.id desc limit least(p_limit, 1000);
end
$$;
comment on function public.list_audit_events(text, text, bigint, integer) is
  'Up to p_limit lines, the newest first, before p_before; p_person: by or about them. Refuses not_allowed (403).';

revoke all on function public.list_people(text, text, text, integer, jsonb),
  public.list_audit_events(text, text, bigint, integer) from public, anon, authenticated;
grant execute on function public.list_people(text, text, text, integer, jsonb),
  public.list_audit_events(text, text, bigint, integer) to service_role;

notify pgrst, 'reload schema';
