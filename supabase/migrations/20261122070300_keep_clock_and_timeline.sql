-- What every write to a video has to do, whichever function makes it: move the user's clock, tell the listeners,
-- and write the timeline.
create function public.lock_user(p_user_id text) returns void
language sql set search_path = '' as $$
  select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('openv user ' || p_user_id, 0));
$$;
comment on function public.lock_user(text) is 'Waits for the user''s turn, until the transaction ends. Always taken before row locks.';

create function public.lock_video(p_video_id bigint) returns setof public.videos
language plpgsql set search_path = '' as $$
declare
  v_user text;
begin
  select user_id into v_user from public.videos where id = p_video_id;
  if not found then return; end if;
  perform public.lock_user(v_user);
  return query select * from public.videos where id = p_video_id for no key update;
end
$$;
comment on function public.lock_video(bigint) is 'The video, locked after its user, or no row.';

create function public.move_user_clock() returns trigger
language plpgsql set search_path = '' as $$
declare
  v_last timestamptz;
begin
  perform public.lock_user(new.user_id);
  select max(updated_at) into v_last from public.videos where user_id = new.user_id;
  new.updated_at := greatest(date_trunc('milliseconds', clock_timestamp()), v_last + interval '1 millisecond');
  return new;
end
$$;
comment on function public.move_user_clock() is
  'Makes updated_at strictly increasing in commit order under one user, 1 ms apart at least, whatever the clock does.';
create trigger move_user_clock before insert on public.videos
  for each row execute function public.move_user_clock();
-- Claiming a purge is no change that anybody sees, and it holds the row before the user: it must not wait here.
create trigger move_user_clock_on_change before update on public.videos
  for each row when (old.deleted_at is distinct from new.deleted_at or old.purge_next_at is not distinct from new.purge_next_at)
  execute function public.move_user_clock();

create function public.tell_listeners() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_catalog.pg_notify('openv_videos', coalesce(new.user_id, old.user_id));
  return null;
end
$$;
comment on function public.tell_listeners() is 'Tells the feeds of all processes which user''s videos changed.';
create trigger tell_listeners after insert or delete on public.videos
  for each row execute function public.tell_listeners();
create trigger tell_listeners_of_change after update on public.videos
  for each row when (old.updated_at <> new.updated_at) execute function public.tell_listeners();

create function public.write_video_timeline() returns trigger
language plpgsql set search_path = '' as $$
begin
  insert into public.video_events (video_id, kind, detail)
  select new.id, kind, detail from (values
    ('created', null, tg_op = 'INSERT'),
    ('cancel_requested', null, tg_op = 'UPDATE' and old.cancel_requested_at is null and new.cancel_requested_at is not null),
    ('failed', new.error, tg_op = 'UPDATE' and new.status = 'failed' and old.status <> 'failed' and new.error_kind <> 'cancelled'),
    ('cancelled', null, tg_op = 'UPDATE' and new.status = 'failed' and old.status <> 'failed' and new.error_kind = 'cancelled'),
    ('stored', null, tg_op = 'UPDATE' and old.stored_at is null and new.stored_at is not null),
    ('store_delayed', new.store_note, tg_op = 'UPDATE' and old.store_note is null and new.store_note is not null),
    ('deleted', null, tg_op = 'UPDATE' and old.deleted_at is null and new.deleted_at is not null),
    ('restored', null, tg_op = 'UPDATE' and old.deleted_at is not null and new.deleted_at is null)
  ) as happened (kind, detail, holds) where holds;
  return null;
end
$$;
comment on function public.write_video_timeline() is 'Writes what happened to the video itself into its timeline.';
create trigger write_timeline after insert or update on public.videos
  for each row execute function public.write_video_timeline();

create function public.write_attempt_timeline() returns trigger
language plpgsql set search_path = '' as $$
begin
  insert into public.video_events (video_id, attempt, kind, detail)
  select new.video_id, new.number, kind, detail from (values
    ('attempt_planned', null, tg_op = 'INSERT' and new.number > 1),
    ('refused', new.note, tg_op = 'UPDATE' and new.state = 'waiting' and old.note is distinct from new.note),
    ('unanswered', new.note, tg_op = 'UPDATE' and new.state = 'unknown' and old.state <> 'unknown'),
    ('submitted', null, tg_op = 'UPDATE' and old.job_id is null and new.job_id is not null),
    ('picked_up', new.worker_id, tg_op = 'UPDATE' and old.started_at is null and new.started_at is not null),
    ('finished', null, tg_op = 'UPDATE' and new.state = 'completed' and old.state <> 'completed'),
    ('attempt_failed', new.error, tg_op = 'UPDATE' and new.state = 'failed' and old.state <> 'failed'
      and new.error_kind is distinct from 'cancelled'),
    ('superseded', null, tg_op = 'UPDATE' and new.state = 'superseded' and old.state <> 'superseded')
  ) as happened (kind, detail, holds) where holds and new.video_id is not null;
  return null;
end
$$;
comment on function public.write_attempt_timeline() is 'Writes what happened to a submission into its video''s timeline.';
create trigger write_timeline after insert or update on public.attempts
  for each row execute function public.write_attempt_timeline();

revoke all on function public.lock_user(text), public.lock_video(bigint), public.move_user_clock(),
  public.tell_listeners(), public.write_video_timeline(), public.write_attempt_timeline()
  from public, anon, authenticated;
grant execute on function public.lock_user(text), public.lock_video(bigint), public.move_user_clock(),
  public.tell_listeners(), public.write_video_timeline(), public.write_attempt_timeline() to service_role;

notify pgrst, 'reload schema';
