"""Loops over a live cluster: observe, decide, act, await, observe again. They talk only to `hooks.interfaces`.

What providers and the command line call (and nothing else):

    world.World(...)                                        the bundle of interfaces that every runner takes
    observe.observe(world, component) -> Snapshot           one observation; NotYet when Kubernetes cannot be asked
    observe.glance(world, component) -> Snapshot            for a preview: never raises, says what it could not see
    brokers.BrokersRun(world, desired).run() -> Report      grow, heal, (drain, shrink,) roll; ends a destroy
    brokers.mark_going(world, deletion_protection=...)      the Brokers hook's delete: refuse, or mark the destroy
    ensemble.EnsembleRun(world, desired).run() -> Report    ZooKeeper servers or KRaft controllers: await, mark, roll
    guard.release(world, workload, component, pace=...)     a guard's delete: refuse, or scale to zero and wait
    identity.ensure(identity, proposed) -> IdentityRecord   create or read the retained identity object

With `hooks.planner.plan.plan(snapshot, desired) -> Plan` (`.changes`, `.blockers`), `hooks.planner.render.lines(plan)`
and `.data(plan)`, and `hooks.planner.preflight.problems(workloads, desired) -> tuple[str, ...]`, that is the
whole surface. Errors are those of `hooks.interfaces`: Refused, Fatal, LeaseLost and EngineLost leave a run; NotYet and
Conflict leave it only when waiting did not help, as the cause of a Refused or Fatal.
"""
