-- Makes the three roles that Supabase has from the start, where they are missing and may be made, so that every
-- later grant and revoke means the same on an embedded or plain Postgres. They cannot sign in.
do $$
declare
  v_role text;
begin
  foreach v_role in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
      begin
        execute format('create role %I nologin noinherit', v_role);
      exception when duplicate_object or unique_violation then
        null; -- another database of the same server made it at this moment
      end;
    end if;
  end loop;
end
$$;

grant usage on schema public to service_role;

notify pgrst, 'reload schema';
