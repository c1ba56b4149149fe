"""What hooks/clients uses of the kubernetes client, typed; the package itself carries no types."""
