-- What came of fetching a completed video's file.
create function public.record_stored(p_video_id bigint, p_number integer, p_file jsonb) returns setof public.video_details
language plpgsql set search_path = '' as $$
begin
  perform public.lock_video(p_video_id);
  update public.attempts set next_at = null, claimed_by = null
    where video_id = p_video_id and number = p_number and state = 'completed' and next_at is not null;
  if found then
    update public.videos set file_key = p_file->>'file_key', poster_key = p_file->>'poster_key',
      file_bytes = (p_file->>'file_bytes')::bigint, duration_seconds = (p_file->>'duration_seconds')::numeric,
      stored_at = clock_timestamp(), store_note = null
    where id = p_video_id;
  end if;
  return query select * from public.video_details where id = p_video_id;
end
$$;
comment on function public.record_stored(bigint, integer, jsonb) is
  'completed → stored. p_file: file_key, poster_key, file_bytes, duration_seconds. No row: the video is gone, drop the file.';

create function public.record_store_delay(p_video_id bigint, p_number integer, p_note text) returns void
language plpgsql set search_path = '' as $$
begin
  perform public.lock_video(p_video_id);
  update public.attempts set claimed_by = null, next_at = clock_timestamp() + public.backoff(tries, null)
    where video_id = p_video_id and number = p_number and state = 'completed' and next_at is not null;
  update public.videos set store_note = p_note where id = p_video_id and stored_at is null and store_note is distinct from p_note;
end
$$;
comment on function public.record_store_delay(bigint, integer, text) is
  'The file could not be had or kept just now: again after a growing pause.';

create function public.record_not_storable(p_video_id bigint, p_number integer, p_note text) returns void
language plpgsql set search_path = '' as $$
begin
  perform public.lock_video(p_video_id);
  update public.attempts set next_at = null, claimed_by = null
    where video_id = p_video_id and number = p_number and state = 'completed';
  update public.videos set store_note = p_note where id = p_video_id and stored_at is null;
end
$$;
comment on function public.record_not_storable(bigint, integer, text) is
  'The file is fine but cannot be kept by us: the worker''s link stays.';

create function public.record_unusable_result(p_video_id bigint, p_number integer, p_kind text, p_error text) returns void
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select * into v_video from public.lock_video(p_video_id);
  update public.attempts set state = 'failed', next_at = null, claimed_by = null, error_kind = p_kind, error = p_error,
      error_group = p_kind || ': ' || p_error
    where video_id = p_video_id and number = p_number and state = 'completed' and next_at is not null;
  if found then
    perform public.fail_video(v_video, p_kind, p_error);
  end if;
end
$$;
comment on function public.record_unusable_result(bigint, integer, text, text) is
  'completed → failed (expired, worker_error): the result is gone or is no video.';

revoke all on function public.record_stored(bigint, integer, jsonb), public.record_store_delay(bigint, integer, text),
  public.record_not_storable(bigint, integer, text), public.record_unusable_result(bigint, integer, text, text)
  from public, anon, authenticated;
grant execute on function public.record_stored(bigint, integer, jsonb), public.record_store_delay(bigint, integer, text),
  public.record_not_storable(bigint, integer, text), public.record_unusable_result(bigint, integer, text, text)
  to service_role;

notify pgrst, 'reload schema';
