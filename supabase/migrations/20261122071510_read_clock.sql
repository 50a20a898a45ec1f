-- The database's clock, to be held against the clocks of the machines that use it.
create function public.read_clock() returns table (at timestamptz)
language sql volatile set search_path = '' as $$
  select clock_timestamp();
$$;
comment on function public.read_clock() is 'The time it is for the database.';

revoke all on function public.read_clock() from public, anon, authenticated;
grant execute on function public.read_clock() to service_role;

notify pgrst, 'reload schema';
