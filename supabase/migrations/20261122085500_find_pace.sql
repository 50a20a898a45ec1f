-- How long an endpoint takes for a job, to tell those in its queue how long they may have to wait.
create function public.find_pace(p_endpoint text) returns table (n bigint, p50_ms double precision, p90_ms double precision)
language sql stable set search_path = '' as $$
  select count(*), percentile_cont(0.5) within group (order by a.execution_ms),
    percentile_cont(0.9) within group (order by a.execution_ms)
  from (
    select execution_ms from public.attempts
    where endpoint = p_endpoint and state = 'completed' and execution_ms is not null and finished_at > now() - interval '30 days'
    order by finished_at desc limit 50
  ) a;
$$;
comment on function public.find_pace(text) is
  'Of that endpoint''s newest 50 completed jobs of the last 30 days: how many there are, and percentiles 50 and 90 of their execution.';

revoke all on function public.find_pace(text) from public, anon, authenticated;
grant execute on function public.find_pace(text) to service_role;

notify pgrst, 'reload schema';
