-- Failed tries at signing in and at invite codes, counted here so that all processes count together and a restart
-- forgets nothing. A key is a hash: somebody may have typed a password where the name goes.
create table public.tries (
  key text primary key check (length(key) <= 100),
  failures integer not null check (failures > 0),
  last_at timestamptz not null
);
comment on table public.tries is 'How often a name or an address failed lately; swept by begin_try, at most 100 000 rows.';
create index tries_latest on public.tries (last_at);

alter table public.tries enable row level security;
revoke all on public.tries from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.tries to service_role;
create policy service_role_all on public.tries to service_role using (true) with check (true);

create function public.find_pause(p_keys jsonb) returns double precision
language sql volatile set search_path = '' as $$
  select coalesce(max(extract(epoch from t.last_at - clock_timestamp())
      + least(300, power(2, least(20, t.failures - (k->>'free')::integer + 1)))), 0)::double precision
  from jsonb_array_elements(p_keys) as k join public.tries t on t.key = k->>'key'
  where t.failures >= (k->>'free')::integer and t.last_at > clock_timestamp() - interval '1 hour';
$$;
comment on function public.find_pause(jsonb) is
  'Seconds until the next try, 0 or less: now. After `free` failures 2, 4, 8 … 300 s since the last; all is forgotten after an hour.';

create function public.sweep_tries(p_most integer) returns void
language sql set search_path = '' as $$
  delete from public.tries where key in (
    select key from public.tries where last_at <= greatest(clock_timestamp() - interval '1 hour',
      (select last_at from public.tries order by last_at desc offset p_most limit 1))
    for update skip locked);
$$;
comment on function public.sweep_tries(integer) is 'Forgets what is over, and beyond p_most rows those that failed longest ago.';

create function public.begin_try(p_keys jsonb) returns table (pause double precision)
language plpgsql set search_path = '' as $$
begin
  pause := public.find_pause(p_keys); -- without a lock first, so that a flood of guesses waits for nobody
  if pause <= 0 then
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('openv try ' || k.key, 0))
      from (select e->>'key' as key from jsonb_array_elements(p_keys) as e order by 1) as k;
    pause := public.find_pause(p_keys);
  end if;
  if pause <= 0 then
    insert into public.tries as t (key, failures, last_at)
      select e->>'key', 1, clock_timestamp() from jsonb_array_elements(p_keys) as e order by 1
      on conflict (key) do update set last_at = excluded.last_at, failures =
        case when t.last_at > clock_timestamp() - interval '1 hour' then least(t.failures, 1000) + 1 else 1 end;
    perform public.sweep_tries(100000);
  end if;
  pause := greatest(pause, 0);
  return next;
end
$$;
comment on function public.begin_try(jsonb) is
  'p_keys: [{key, free}]. 0: the try may be made and counts as a failure of every key until end_try; else the seconds to wait.';

create function public.end_try(p_forget jsonb, p_take_back jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  delete from public.tries where key in (select jsonb_array_elements_text(p_forget))
    or failures = 1 and key in (select jsonb_array_elements_text(p_take_back));
  update public.tries set failures = failures - 1
    where key in (select jsonb_array_elements_text(p_take_back)) and failures > 1;
end
$$;
comment on function public.end_try(jsonb, jsonb) is
  'The try did not fail: forgets all failures of the keys p_forget, and this one of the keys p_take_back.';

revoke all on function public.find_pause(jsonb), public.sweep_tries(integer), public.begin_try(jsonb),
  public.end_try(jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.find_pause(jsonb), public.sweep_tries(integer), public.begin_try(jsonb),
  public.end_try(jsonb, jsonb) to service_role;

notify pgrst, 'reload schema';
