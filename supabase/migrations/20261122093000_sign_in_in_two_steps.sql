-- Signing in asks twice, before the password is checked and after it. Fifty people do it at the same moment, and each
-- further question costs all of them.
create function public.begin_sign_in(p_id text, p_keys jsonb) returns table (pause double precision, person jsonb)
language sql volatile set search_path = '' set timezone = 'UTC' as $$ -- of the times in `person`
  select t.pause, (select to_jsonb(u) from public.users u where u.id = p_id and t.pause = 0)
  from public.begin_try(p_keys) as t;
$$;
comment on function public.begin_sign_in(text, jsonb) is
  'begin_try, and who p_id is when the try may be made; null when there is nobody of that name.';

create or replace function public.end_try(p_forget jsonb, p_take_back jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  -- In the order of begin_try, or one person who signs in twice at once would wait for themself.
  perform 1 from public.tries where key in (
    select jsonb_array_elements_text(p_forget) union all select jsonb_array_elements_text(p_take_back))
    order by key for update;
  delete from public.tries where key in (select jsonb_array_elements_text(p_forget))
    or failures = 1 and key in (select jsonb_array_elements_text(p_take_back));
  update public.tries set failures = failures - 1
    where key in (select jsonb_array_elements_text(p_take_back)) and failures > 1;
end
$$;

create function public.end_sign_in(p_id text, p_valid_after timestamptz, p_forget jsonb, p_take_back jsonb)
returns setof public.users
language plpgsql volatile set search_path = '' as $$
begin
  -- The check took a while: who was disabled, got another password or was signed out everywhere meanwhile stays out.
  return query update public.users set last_seen_at = clock_timestamp()
    where id = p_id and disabled_at is null and sessions_valid_after = p_valid_after returning *;
  if found then
    perform public.end_try(p_forget, p_take_back);
  end if;
end
$$;
comment on function public.end_sign_in(text, timestamptz, jsonb, jsonb) is
  'The password was right: the user as they are now, with end_try and see_user done; no row when something has ended all sessions since p_valid_after was read, or the user is disabled.';

revoke all on function public.begin_sign_in(text, jsonb), public.end_sign_in(text, timestamptz, jsonb, jsonb)
  from public, anon, authenticated;
grant execute on function public.begin_sign_in(text, jsonb), public.end_sign_in(text, timestamptz, jsonb, jsonb)
  to service_role;

notify pgrst, 'reload schema';
