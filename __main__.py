"""The program that `pulumi` runs: read the stack's settings, deploy them, export what follows from them."""

import pulumi

from components.spec.problems import SpecError
from stacks.configuration import beside_the_stack, secret_keys, stack_configuration
from stacks.deploy import deploy
from stacks.preflight import Refusal
from stacks.settings import parse_settings

try:
    outputs = deploy(parse_settings(stack_configuration(), secret_keys(), beside_the_stack))
except (SpecError, Refusal) as error:
    # The message alone: what was asked for is at fault, and a traceback would bury what to do about it.
    raise pulumi.RunError(str(error)) from None

for name, value in outputs.items():
    pulumi.export(name, value)
