-- An answer can be lost after the work has been claimed. Whoever claims gives the claim an id and asks again with the
-- same one: the same work comes back, and nothing has to wait until its lease ends.
create table public.claims (
  id text primary key,
  worker text not null,
  at timestamptz not null default clock_timestamp(),
  work jsonb not null
);
create index claims_age on public.claims (at);
comment on table public.claims is 'What was claimed within the last minutes, to be told once more if the answer was lost.';
alter table public.claims enable row level security;
create policy service_role_all on public.claims to service_role using (true) with check (true);
revoke all on public.claims from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.claims to service_role;

create function public.repeat_claim(p_claim text) returns setof public.work
language plpgsql set search_path = '' as $$
begin
  if p_claim is null then return; end if;
  -- The first time it was asked may still be under way.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('openv claim ' || p_claim, 0));
  -- Well before any lease ends: what is told again is still this worker's to do.
  return query select w.* from public.claims c cross join lateral jsonb_populate_recordset(null::public.work, c.work) w
    where c.id = p_claim and c.at > clock_timestamp() - interval '3 minutes';
end
$$;
comment on function public.repeat_claim(text) is 'The work that was claimed under that id within the last three minutes, or no row.';

create function public.keep_claim(p_claim text, p_worker text, p_work public.work[]) returns void
language plpgsql set search_path = '' as $$
begin
  if p_claim is null or cardinality(p_work) = 0 then return; end if;
  delete from public.claims where id in (
    select id from public.claims where at < clock_timestamp() - interval '3 minutes' for update skip locked);
  insert into public.claims (id, worker, work) values (p_claim, p_worker, to_jsonb(p_work));
end
$$;
comment on function public.keep_claim(text, text, public.work[]) is 'Keeps what was claimed under that id for repeat_claim; forgets old ones.';

create function public.claim_submission(p_worker text, p_claim text, p_video_id bigint) returns setof public.work
language plpgsql set search_path = '' as $$
declare
  v_work public.work[];
begin
  return query select * from public.repeat_claim(p_claim);
  if found then return; end if;
  v_work := array(select w from public.claim_submissions(p_worker, p_video_id, 1) w);
  perform public.keep_claim(p_claim, p_worker, v_work);
  return query select * from unnest(v_work);
end
$$;
comment on function public.claim_submission(text, text, bigint) is
  'waiting → sending, of that video if it is due; the same p_claim gives the same work again.';

create or replace function public.claim_work(p_worker text, p_limit integer, p_pace jsonb) returns setof public.work
language plpgsql set search_path = '' as $$
declare
  v_work public.work[];
begin
  return query select * from public.repeat_claim(p_pace->>'claim');
  if found then return; end if;
  -- First what takes users' locks, then what locks attempts alone: everybody else locks in this order too.
  perform public.settle_overdue((p_pace->>'job_life')::double precision);
  perform public.greet_worker(p_worker, (p_pace->>'dead_after')::double precision);
  perform public.give_up_sending((p_pace->>'grace')::double precision);
  v_work := array(select w from public.claim_submissions(p_worker, null, p_limit) w);
  v_work := v_work || array(select w from public.claim_questions(p_limit, (p_pace->>'ask_again')::double precision) w);
  v_work := v_work || array(select w from public.claim_results(p_worker, coalesce((p_pace->>'results')::integer, p_limit)) w);
  v_work := v_work || array(select w from public.claim_purges(p_limit, (p_pace->>'keep_after')::timestamptz) w);
  perform public.keep_claim(p_pace->>'claim', p_worker, v_work);
  return query select * from unnest(v_work);
end
$$;
comment on function public.claim_work(text, integer, jsonb) is
  'Up to p_limit pieces of each kind for that worker; the same p_pace.claim gives the same work again.
p_pace: dead_after, grace, job_life, ask_again (s), keep_after (time), results (another limit), claim.';

create or replace function public.dismiss_workers(p_workers text[]) returns void
language sql set search_path = '' as $$
  update public.attempts set next_at = clock_timestamp()
    where state in ('sending', 'completed') and next_at is not null and claimed_by = any (p_workers);
  delete from public.claims where worker = any (p_workers);
  delete from public.workers where id = any (p_workers);
$$;
comment on function public.dismiss_workers(text[]) is 'Gives back what those workers had claimed.';

revoke all on function public.repeat_claim(text), public.keep_claim(text, text, public.work[]),
  public.claim_submission(text, text, bigint) from public, anon, authenticated;
grant execute on function public.repeat_claim(text), public.keep_claim(text, text, public.work[]),
  public.claim_submission(text, text, bigint) to service_role;

notify pgrst, 'reload schema';
