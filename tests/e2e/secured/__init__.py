"""Tests on a secure stack that they share: certificates among the nodes, passwords and ACLs for clients."""
