-- What was delivered stays counted in its period when the clip's row goes. Claims of purges wait for the end of the period
-- in force, but which one that is can change: an earlier LIMIT_START_DATE must not find the seconds of purged clips given
-- back. Nothing has to be made up for here: what the period in force counts has not been purged yet.
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

notify pgrst, 'reload schema';
