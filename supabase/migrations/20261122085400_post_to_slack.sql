-- What is to be posted to the team's Slack-compatible webhook: an outbox, written with the change it tells of and
-- emptied by the background loops, so that neither a slow Slack nor a lost one touches any job.
create table public.slack_posts (
  id bigint generated always as identity primary key,
  video_id bigint not null references public.videos (id) on delete cascade,
  outcome text not null check (outcome in ('ready', 'failed')),
  facts jsonb not null,                          -- user, model, prompt, error, seconds
  created_at timestamptz not null default clock_timestamp(),
  -- waiting: to be posted at next_at → claimed (next_at is the end of its lease) → gone (posted, refused or a day old)
  next_at timestamptz not null default clock_timestamp(),
  claimed_by text,
  tries integer not null default 0,
  note text                                      -- why it is not posted yet
);
create index slack_posts_due on public.slack_posts (next_at);
create index slack_posts_about on public.slack_posts (video_id);
comment on table public.slack_posts is 'Messages that Slack is still to get, 1000 at most; given up after a day.';
alter table public.slack_posts enable row level security;
create policy service_role_all on public.slack_posts to service_role using (true) with check (true);
revoke all on public.slack_posts from public, anon, authenticated, service_role;
revoke all on sequence public.slack_posts_id_seq from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.slack_posts to service_role;

create function public.queue_slack_post(p_video public.videos, p_outcome text) returns void
language sql set search_path = '' as $$
  insert into public.slack_posts (video_id, outcome, facts)
  select p_video.id, p_outcome, jsonb_build_object('user', p_video.user_id, 'model', p_video.model,
    'prompt', left(p_video.prompt, 300), 'error', left(p_video.error, 500),
    'seconds', coalesce(p_video.duration_seconds, p_video.frames / p_video.fps))
  from public.workspace w
  where w.slack_url is not null and (select count(*) from (select from public.slack_posts limit 1000) s) < 1000;
$$;
comment on function public.queue_slack_post(public.videos, text) is
  'Puts a message about the clip''s end into the outbox, where the team has a webhook and the outbox has room.';

create or replace function public.announce_outcome() returns trigger
language plpgsql set search_path = '' as $$
declare
  v_outcome constant text := case new.status when 'failed' then 'failed' else 'ready' end;
begin
  perform public.notify_user(new.user_id, v_outcome, new.id, new.prompt, new.error);
  perform public.queue_slack_post(new, v_outcome);
  return null;
end
$$;
comment on function public.announce_outcome() is 'Tells the owner, and the team''s webhook, that a clip is ready or has failed for good.';

create or replace function public.record_not_storable(p_video_id bigint, p_number integer, p_note text) returns void
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select * into v_video from public.lock_video(p_video_id);
  update public.attempts set next_at = null, claimed_by = null
    where video_id = p_video_id and number = p_number and state = 'completed' and next_at is not null;
  if not found then return; end if; -- told already
  update public.videos set store_note = p_note where id = p_video_id and stored_at is null;
  if v_video.deleted_at is null then
    perform public.notify_user(v_video.user_id, 'ready', v_video.id, v_video.prompt, p_note);
    perform public.queue_slack_post(v_video, 'ready');
  end if;
end
$$;
comment on function public.record_not_storable(bigint, integer, text) is
  'The file is fine but cannot be kept by us: the worker''s link stays, and the owner is told.';

create function public.claim_slack_posts(p_worker text, p_limit integer) returns setof public.work
language sql set search_path = '' as $$
  delete from public.slack_posts where id in (
    select id from public.slack_posts where created_at < clock_timestamp() - interval '1 day' for update skip locked);
  with due as (
    select id from public.slack_posts where next_at <= clock_timestamp() order by next_at, id limit p_limit for update skip locked
  ), claimed as (
    update public.slack_posts s set claimed_by = p_worker, tries = tries + 1, next_at = clock_timestamp() + interval '5 minutes'
    from due where s.id = due.id returning s.*
  )
  select 'tell', c.video_id, null::bigint, null::integer, c.facts->>'user', c.facts->>'model', '', null::text,
    c.facts || jsonb_build_object('post', c.id, 'outcome', c.outcome), null::text, null::text[], c.tries
  from claimed c order by c.id;
$$;
comment on function public.claim_slack_posts(text, integer) is
  'Messages that are due, leased to that worker for five minutes; those a day old are given up.';

create function public.finish_slack_post(p_id bigint) returns void
language sql set search_path = '' as $$
  delete from public.slack_posts where id = p_id;
$$;
comment on function public.finish_slack_post(bigint) is 'claimed → gone: posted, or refused for good.';

create function public.delay_slack_post(p_id bigint, p_note text, p_retry_after double precision) returns void
language sql set search_path = '' as $$
  update public.slack_posts set claimed_by = null, note = p_note, next_at = clock_timestamp() + public.backoff(tries, p_retry_after)
    where id = p_id;
  -- Told to slow down, the others wait as well.
  update public.slack_posts set next_at = clock_timestamp() + make_interval(secs => p_retry_after)
    where id in (select id from public.slack_posts where p_retry_after is not null and claimed_by is null
      and next_at < clock_timestamp() + make_interval(secs => p_retry_after) for update skip locked);
$$;
comment on function public.delay_slack_post(bigint, text, double precision) is
  'claimed → waiting, for a growing pause, p_retry_after seconds at least, which then holds for all messages.';

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
  v_work := v_work || array(select w from public.claim_probes(p_limit) w);
  v_work := v_work || array(select w from public.claim_results(p_worker, coalesce((p_pace->>'results')::integer, p_limit)) w);
  v_work := v_work || array(select w from public.claim_purges(p_limit, (p_pace->>'keep_after')::timestamptz) w);
  v_work := v_work || array(select w from public.claim_slack_posts(p_worker, coalesce((p_pace->>'posts')::integer, p_limit)) w);
  perform public.keep_claim(p_pace->>'claim', p_worker, v_work);
  return query select * from unnest(v_work);
end
$$;
comment on function public.claim_work(text, integer, jsonb) is
  'Up to p_limit pieces of each kind for that worker; the same p_pace.claim gives the same work again.
p_pace: dead_after, grace, job_life, ask_again (s), keep_after (time), results and posts (other limits), claim.';

create or replace function public.dismiss_workers(p_workers text[]) returns void
language sql set search_path = '' as $$
  update public.attempts set next_at = clock_timestamp()
    where state in ('sending', 'completed') and next_at is not null and claimed_by = any (p_workers);
  update public.slack_posts set next_at = clock_timestamp(), claimed_by = null where claimed_by = any (p_workers);
  delete from public.claims where worker = any (p_workers);
  delete from public.workers where id = any (p_workers);
$$;
comment on function public.dismiss_workers(text[]) is 'Gives back what those workers had claimed.';

revoke all on function public.queue_slack_post(public.videos, text), public.claim_slack_posts(text, integer),
  public.finish_slack_post(bigint), public.delay_slack_post(bigint, text, double precision) from public, anon, authenticated;
grant execute on function public.queue_slack_post(public.videos, text), public.claim_slack_posts(text, integer),
  public.finish_slack_post(bigint), public.delay_slack_post(bigint, text, double precision) to service_role;

notify pgrst, 'reload schema';
