-- What the pages show of the limits: the team's budget, and for one user and one draft of a clip everything at once.
create function public.find_budget(p_limits jsonb)
returns table (soft_usd numeric, hard_usd numeric, spent_usd numeric, expected_usd numeric, unknown_cost_jobs bigint,
  active_jobs bigint, unpriced_jobs bigint)
language sql stable set search_path = '' as $$
  select w.budget_soft_usd, w.budget_hard_usd, b.spent_usd, b.expected_usd,
    (select count(*) from public.attempts a where a.cost_usd is null and a.job_id is not null
       and a.finished_at >= (p_limits->>'period_start')::timestamptz
       and a.finished_at < (p_limits->>'period_end')::timestamptz),
    v.jobs, v.unpriced
  from public.workspace w, public.sum_budget(p_limits) b,
    (select count(*) as jobs, count(*) filter (where expected_usd is null) as unpriced
     from public.videos where status in ('queued', 'processing')) v;
$$;
comment on function public.find_budget(jsonb) is
  'The team''s lines, what is spent in the period and expected by jobs under way, and how many jobs are in neither sum because
nobody knows what they cost: ended ones and those under way.';

create function public.find_allowance(p_user_id text, p_order jsonb, p_limits jsonb)
returns table (terms_accepted boolean, has_accepted_before boolean, limit_seconds numeric, used_seconds numeric,
  max_jobs integer, active_jobs bigint, expected_usd numeric, soft_usd numeric, hard_usd numeric, taken_usd numeric)
language sql stable set search_path = '' as $$
  select public.has_accepted_terms(p_user_id, p_limits->>'terms_version'),
    exists (select from public.terms_acceptances where user_id = p_user_id),
    q.limit_seconds, q.used_seconds, q.max_jobs, q.active_jobs, public.expect_cost(p_order),
    w.budget_soft_usd, w.budget_hard_usd,
    case when coalesce(w.budget_soft_usd, w.budget_hard_usd) is not null
      then (select b.spent_usd + b.expected_usd from public.sum_budget(p_limits) b) end
  from public.find_quota(p_user_id, p_limits) q, public.workspace w;
$$;
comment on function public.find_allowance(text, jsonb, jsonb) is
  'What that user may still do and what the clip in p_order (as expect_cost) would take of it; taken_usd is summed only where
there is a line. No row: no such user.';

revoke all on function public.find_budget(jsonb), public.find_allowance(text, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.find_budget(jsonb), public.find_allowance(text, jsonb, jsonb) to service_role;

notify pgrst, 'reload schema';
