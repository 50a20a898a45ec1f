-- The one question of a process that cannot listen: when did the videos of those who are looked at change, and is
-- more to be expected soon?
create function public.list_watched_changes(p_user_ids jsonb)
returns table (user_id text, updated_at timestamptz, active boolean)
language sql stable set search_path = '' as $$
  select u.id, (select max(v.updated_at) from public.videos v where v.user_id = u.id),
    exists (select from public.videos v where v.user_id = u.id and v.status in ('queued', 'processing'))
  from jsonb_array_elements_text(p_user_ids) as u (id) limit 1000;
$$;
comment on function public.list_watched_changes(jsonb) is
  'When each of those users'' videos last changed (null: they have none), and whether a job of theirs is under way.';

revoke all on function public.list_watched_changes(jsonb) from public, anon, authenticated;
grant execute on function public.list_watched_changes(jsonb) to service_role;

notify pgrst, 'reload schema';
