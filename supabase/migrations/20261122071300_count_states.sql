-- How many videos are in which state, for the metrics of whoever watches the server.
create function public.count_states() returns table (status text, n bigint)
language sql stable set search_path = '' as $$
  select v.status, count(*) from public.videos v where v.deleted_at is null group by v.status;
$$;
comment on function public.count_states() is 'Videos by state, deleted ones left out; a state with none has no row.';

revoke all on function public.count_states() from public, anon, authenticated;
grant execute on function public.count_states() to service_role;

notify pgrst, 'reload schema';
