-- Pages may look at what the team shares, or, for admins, at everybody's clips. Two names that no user can have stand
-- for these in the feed: '*shared' and '*all'.
create or replace function public.tell_listeners() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_catalog.pg_notify('openv_videos', coalesce(new.user_id, old.user_id));
  perform pg_catalog.pg_notify('openv_videos', '*all');
  if new.shared or old.shared then
    perform pg_catalog.pg_notify('openv_videos', '*shared');
  end if;
  return null;
end
$$;
comment on function public.tell_listeners() is
  'Tells the feeds of all processes which user''s videos changed, ''*all'' with every change, ''*shared'' with one to what is or was shared.';

-- The latest change of all would not do for the two: only under one user the clock moves in the order of commits.
drop function public.list_watched_changes(jsonb);
create function public.list_watched_marks(p_user_ids jsonb) returns table (user_id text, mark text, active boolean)
language sql stable set search_path = '' as $$
  with watched as (select id, id like '*%' as is_team from jsonb_array_elements_text(p_user_ids) as u (id)),
  team as materialized (
    select md5(string_agg(latest.at::text, ' ' order by u.id)) as mark,
      exists (select from public.videos v where v.status in ('queued', 'processing')) as active
    from public.users u
    cross join lateral (select max(v.updated_at) as at from public.videos v where v.user_id = u.id) latest
    where exists (select from watched where is_team)
  )
  select w.id, (select max(v.updated_at)::text from public.videos v where v.user_id = w.id),
    exists (select from public.videos v where v.user_id = w.id and v.status in ('queued', 'processing'))
  from watched w where not w.is_team
  union all
  select w.id, t.mark, t.active from watched w cross join team t where w.is_team
  limit 1000;
$$;
comment on function public.list_watched_marks(jsonb) is
  'For each of those users, and for names with * what stands for everybody, a mark that differs after any change, and whether a job is under way.';

revoke all on function public.list_watched_marks(jsonb) from public, anon, authenticated;
grant execute on function public.list_watched_marks(jsonb) to service_role;

notify pgrst, 'reload schema';
