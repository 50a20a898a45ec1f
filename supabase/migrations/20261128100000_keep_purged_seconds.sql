-- What was delivered stays counted in its period when the clip's row goes. Purges waited for the end of the period in force
-- instead: in a long one, files and prompts outlived the 30 days that the terms of use promise, and an earlier
-- LIMIT_START_DATE found the seconds of purged clips given back. Nothing has to be made up for: what the period in force
-- counts has not been purged yet.
create table public.purged_seconds (
  user_id text not null references public.users (id),
  day date not null,        -- in UTC, as periods are; of asking, as used_seconds counts
  seconds numeric not null check (seconds >= 0),
  primary key (user_id, day)
);
comment on table public.purged_seconds is
  'Seconds of delivered clips whose rows are gone, by who and when asked for them; never given back.';
alter table public.purged_seconds enable row level security;
revoke all on public.purged_seconds from public, anon, authenticated, service_role;
grant select, insert, update on public.purged_seconds to service_role;
create policy service_role_all on public.purged_seconds to service_role using (true) with check (true);

create or replace function public.purge_video(p_video_id bigint) returns void
language plpgsql set search_path = '' as $$
begin
  perform public.lock_video(p_video_id);
  -- One statement takes the row away and keeps its seconds: whoever adds up both finds them once, and a second call finds no row.
  with gone as (
    delete from public.videos where id = p_video_id and deleted_at is not null and purge_next_at is not null returning *
  )
  insert into public.purged_seconds as p (user_id, day, seconds)
    select user_id, (coalesce(retried_at, created_at) at time zone 'UTC')::date, coalesce(duration_seconds, frames / fps)
    from gone where status = 'completed'
  on conflict (user_id, day) do update set seconds = p.seconds + excluded.seconds;
end
$$;
comment on function public.purge_video(bigint) is
  'deleted → gone; called once the storage has confirmed that the files are. The seconds of a completed one stay counted.';

create or replace function public.used_seconds(p_user_id text, p_from timestamptz, p_to timestamptz) returns numeric
language sql stable set search_path = '' as $$
  select
    (select coalesce(sum(coalesce(v.duration_seconds, v.frames / v.fps)), 0) from public.videos v
     where v.user_id = p_user_id and v.status <> 'failed'
       and coalesce(v.retried_at, v.created_at) >= p_from and coalesce(v.retried_at, v.created_at) < p_to)
    + (select coalesce(sum(p.seconds), 0) from public.purged_seconds p
       where p.user_id = p_user_id
         and p.day >= (p_from at time zone 'UTC')::date and p.day < (p_to at time zone 'UTC')::date);
$$;
comment on function public.used_seconds(text, timestamptz, timestamptz) is
  'Video seconds asked for in [p_from, p_to), last by hand; what failed or was cancelled gives its seconds back, what was
delivered and purged (whole days in UTC) does not.';

drop function public.claim_purges(integer, timestamptz);
create function public.claim_purges(p_limit integer) returns setof public.work
language sql set search_path = '' as $$
  with due as (
    select id from public.videos
    where deleted_at is not null and purge_next_at <= clock_timestamp() and status in ('failed', 'completed')
    order by purge_next_at limit p_limit for update skip locked
  ), claimed as (
    update public.videos v set purge_next_at = clock_timestamp() + interval '5 minutes',
      purge_started_at = coalesce(purge_started_at, clock_timestamp())
    from due where v.id = due.id returning v.*
  )
  select 'purge', id, null::bigint, null::integer, user_id, model, endpoint, null::text, null::jsonb, null::text,
    array_remove(array[file_key, poster_key], null), null::integer
  from claimed;
$$;
comment on function public.claim_purges(integer) is 'Deleted videos whose time to be restored is over.';
revoke all on function public.claim_purges(integer) from public, anon, authenticated;
grant execute on function public.claim_purges(integer) to service_role;

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
  v_work := v_work || array(select w from public.claim_purges(p_limit) w);
  v_work := v_work || array(select w from public.claim_slack_posts(p_worker, coalesce((p_pace->>'posts')::integer, p_limit)) w);
  perform public.keep_claim(p_pace->>'claim', p_worker, v_work);
  return query select * from unnest(v_work);
end
$$;
comment on function public.claim_work(text, integer, jsonb) is
  'Up to p_limit pieces of each kind for that worker; the same p_pace.claim gives the same work again.
p_pace: dead_after, grace, job_life, ask_again (s), results and posts (other limits), claim.';

notify pgrst, 'reload schema';
