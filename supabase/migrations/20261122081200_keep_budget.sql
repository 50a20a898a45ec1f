-- The team's budget in dollars per period. What is spent, what the jobs under way are expected to cost and what a new
-- one is expected to cost must not pass the hard line together. Only where there is one do submissions wait for each other.
alter table public.videos add column expected_usd numeric check (expected_usd >= 0); -- when asked for; null: nobody knows
create index attempts_of_model on public.attempts (model, endpoint, finished_at)
  where state = 'completed' and cost_usd is not null;

-- Running sums, for adding up a month of jobs takes too long while everybody waits for the budget's lock.
create table public.spending (
  day date not null,        -- in UTC, as periods are
  slot smallint not null,   -- so that jobs that end at once seldom wait for each other
  usd numeric not null,
  primary key (day, slot)
);
comment on table public.spending is 'What the jobs that ended on each day cost, kept by triggers: sum(cost_usd) of attempts.';
alter table public.spending enable row level security;
revoke all on public.spending from public, anon, authenticated, service_role;
grant select, insert, update on public.spending to service_role;
create policy service_role_all on public.spending to service_role using (true) with check (true);
insert into public.spending (day, slot, usd)
  select (finished_at at time zone 'UTC')::date, id % 8, sum(cost_usd) from public.attempts
  where cost_usd is not null and finished_at is not null group by 1, 2;

create function public.add_spending() returns trigger
language plpgsql set search_path = '' as $$
begin
  insert into public.spending as s (day, slot, usd)
    select (finished_at at time zone 'UTC')::date, id % 8, sum(cost_usd) from added
    where cost_usd is not null and finished_at is not null group by 1, 2 order by 1, 2
  on conflict (day, slot) do update set usd = s.usd + excluded.usd;
  return null;
end
$$;
comment on function public.add_spending() is 'Adds the cost of attempts that are written as ended already.';
create trigger add_spending after insert on public.attempts referencing new table as added
  for each statement execute function public.add_spending();

create function public.correct_spending() returns trigger
language plpgsql set search_path = '' as $$
begin
  insert into public.spending as s (day, slot, usd)
    select (at at time zone 'UTC')::date, old.id % 8, sum(usd)
    from (values (old.finished_at, -old.cost_usd), (new.finished_at, new.cost_usd)) as change (at, usd)
    where usd is not null and at is not null group by 1, 2 order by 1, 2
  on conflict (day, slot) do update set usd = s.usd + excluded.usd;
  return null;
end
$$;
comment on function public.correct_spending() is 'Counts the cost of an attempt that ends, in the day of its end, or no longer the one it had.';
create trigger correct_spending after update on public.attempts
  for each row when ((old.cost_usd, old.finished_at) is distinct from (new.cost_usd, new.finished_at))
  execute function public.correct_spending();
create trigger correct_spending_of_removed after delete on public.attempts
  for each row when (old.cost_usd is not null) execute function public.correct_spending();

create function public.expect_cost(p_order jsonb) returns numeric
language sql stable set search_path = '' as $$
  select coalesce((p_order->>'price_usd')::numeric,
    case when count(*) >= 10 then avg(per_work) * (p_order->>'width')::numeric * (p_order->>'height')::numeric
      * (p_order->>'frames')::numeric * coalesce((p_order->>'steps')::numeric, 1) end,
    (p_order->>'typical_usd')::numeric)
  from (
    select a.cost_usd / (a.width::numeric * a.height * a.frames * coalesce(a.steps, 1)) as per_work
    from public.attempts a
    where a.model = p_order->>'model' and a.endpoint = p_order->>'endpoint'
      and a.state = 'completed' and a.cost_usd is not null
    order by a.finished_at desc limit 50
  ) as latest;
$$;
comment on function public.expect_cost(jsonb) is
  'USD: the price; else what the latest 50 completed jobs of the model cost per pixel, frame and step, from 10 on; else the
catalog''s estimate; else null. p_order: model, endpoint, width, height, frames, steps, price_usd, typical_usd.';

create function public.sum_budget(p_limits jsonb) returns table (spent_usd numeric, expected_usd numeric)
language sql stable set search_path = '' as $$
  select
    (select coalesce(sum(s.usd), 0) from public.spending s
     where s.day >= ((p_limits->>'period_start')::timestamptz at time zone 'UTC')::date
       and s.day < ((p_limits->>'period_end')::timestamptz at time zone 'UTC')::date),
    (select coalesce(sum(v.expected_usd), 0) from public.videos v where v.status in ('queued', 'processing'));
$$;
comment on function public.sum_budget(jsonb) is
  'What the jobs that ended in the period, whole days in UTC, cost, failed and replaced ones included, and what those under way
are expected to.';

create function public.lock_budget() returns numeric
language plpgsql set search_path = '' as $$
declare
  v_hard_usd numeric;
begin
  -- Shared by all submissions, so that a line that is being drawn (draw_budget_line) counts those in mid-air.
  perform pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended('openv workspace', 0));
  select budget_hard_usd into v_hard_usd from public.workspace;
  if v_hard_usd is not null then
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('openv budget', 0));
  end if;
  return v_hard_usd;
end
$$;
comment on function public.lock_budget() is
  'The hard line. Where there is one, waits for the budget''s turn until the transaction ends. Always before lock_user.';

create function public.draw_budget_line() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('openv workspace', 0));
  return null;
end
$$;
comment on function public.draw_budget_line() is 'Lets submissions under way finish first: the new line then counts them.';
create trigger draw_budget_line before update of budget_hard_usd on public.workspace
  for each statement execute function public.draw_budget_line();

create function public.check_budget(p_hard_usd numeric, p_expected_usd numeric, p_limits jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  v_left_usd numeric;
begin
  if p_hard_usd is null then return; end if;
  select p_hard_usd - b.spent_usd - b.expected_usd into v_left_usd from public.sum_budget(p_limits) b;
  if coalesce(p_expected_usd > v_left_usd, v_left_usd <= 0) then
    raise exception 'budget_exceeded' using errcode = 'PT403', detail =
      format('The team''s budget of $%s for this period does not cover this clip. Make it shorter, wait for the next period, or '
        'ask an admin to raise the budget.', trim_scale(round(p_hard_usd, 2))),
      hint = json_build_object('remainingUsd', greatest(0, v_left_usd), 'expectedUsd', p_expected_usd)::text;
  end if;
end
$$;
comment on function public.check_budget(numeric, numeric, jsonb) is
  'Refuses budget_exceeded (403, hint with remainingUsd and expectedUsd) where a job of that cost passes the hard line; one of
unknown cost (null) is refused once nothing is left. Call under lock_budget, with the line that it gave.';

create or replace function public.insert_video(p_user_id text, p_order jsonb) returns public.videos
language sql set search_path = '' as $$
  insert into public.videos (user_id, request_key, batch_id, prompt, negative_prompt, model, endpoint, input, width,
    height, frames, fps, seed, steps, cfg, rate_usd, max_retries, expected_usd)
  select p_user_id, request_key, batch_id, prompt, negative_prompt, model, endpoint, input, width, height, frames, fps,
    seed, steps, cfg, rate_usd, max_retries, expected_usd
  from jsonb_to_record(p_order) as o (request_key text, batch_id text, prompt text, negative_prompt text, model text,
    endpoint text, input jsonb, width integer, height integer, frames integer, fps numeric, seed bigint,
    steps integer, cfg numeric, rate_usd numeric, max_retries integer, expected_usd numeric)
  returning *;
$$;

create or replace function public.submit_video(p_user_id text, p_order jsonb, p_limits jsonb) returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_hard_usd numeric;
  v_expected_usd numeric;
  v_video public.videos;
begin
  v_hard_usd := public.lock_budget();
  perform public.lock_user(p_user_id);
  select * into v_video from public.videos where user_id = p_user_id and request_key = p_order->>'request_key';
  if not found then
    perform public.check_may_submit(p_user_id, (p_order->>'frames')::numeric / (p_order->>'fps')::numeric, p_limits);
    v_expected_usd := public.expect_cost(p_order);
    perform public.check_budget(v_hard_usd, v_expected_usd, p_limits);
    v_video := public.insert_video(p_user_id, p_order || jsonb_build_object('expected_usd', v_expected_usd));
    perform public.plan_attempt(v_video, 1, interval '0');
  end if;
  return query select * from public.video_details where id = v_video.id;
end
$$;
comment on function public.submit_video(text, jsonb, jsonb) is
  '(new) → queued. The same request_key gives the same video. Refuses as check_may_submit and check_budget.';

create or replace function public.retry_video(p_video_id bigint, p_actor text, p_limits jsonb) returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_hard_usd numeric;
  v_video public.videos;
begin
  v_hard_usd := public.lock_budget();
  select * into v_video from public.lock_own_video(p_video_id, p_actor);
  if v_video.status <> 'failed' or v_video.deleted_at is not null then
    raise exception 'not_failed' using errcode = 'PT409', detail = 'Only a failed clip can be tried again.';
  end if;
  perform public.check_may_submit(v_video.user_id, v_video.frames / v_video.fps, p_limits);
  perform public.check_budget(v_hard_usd, v_video.expected_usd, p_limits);
  update public.videos set status = 'queued', error_kind = null, error = null, finished_at = null, result_url = null,
    cancel_requested_at = null, store_note = null, retried_at = clock_timestamp() where id = p_video_id;
  perform public.plan_attempt(v_video, (select max(number) + 1 from public.attempts where video_id = p_video_id), interval '0');
  return query select * from public.video_details where id = p_video_id;
end
$$;
comment on function public.retry_video(bigint, text, jsonb) is
  'failed → queued with a new attempt. Refuses not_failed (409), not_found (404) and as check_may_submit and check_budget.';

revoke all on function public.expect_cost(jsonb), public.add_spending(), public.correct_spending(),
  public.sum_budget(jsonb), public.lock_budget(), public.draw_budget_line(), public.check_budget(numeric, numeric, jsonb) from public, anon, authenticated;
grant execute on function public.expect_cost(jsonb), public.add_spending(), public.correct_spending(),
  public.sum_budget(jsonb), public.lock_budget(), public.draw_budget_line(), public.check_budget(numeric, numeric, jsonb) to service_role;

notify pgrst, 'reload schema';
