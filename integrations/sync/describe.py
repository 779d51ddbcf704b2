"""A plan and its result in sentences, for the attempt's timeline."""

from integrations.domain.actions import CloseQuote, CreateItem, CreateSalesOrder, SaveQuote
from integrations.domain.choice import Match
from integrations.domain.leads import CreateLead
from integrations.domain.plan import Plan
from integrations.domain.preparations import CreateClient, CreateOpportunity, CreateUser, UpdateOpportunity
from integrations.domain.quote import Quote
from integrations.domain.snapshot import HaloQuote
from integrations.sync.record import StepNotes


def describe_plan(plan: Plan, notes: StepNotes) -> None:
    """Write down what was decided and why."""
    for label, choice in (("User", plan.person), ("Opportunity", plan.opportunity)):
        if isinstance(choice, Match):
            notes.fact(label, f"{choice.id}, by {choice.rule}: {choice.why}")
    for line in plan.lines:
        notes.fact(f"Line “{line.name}”", line.why)
    for problem in plan.problems:
        notes.fact("Needs a person", problem.message)
    for row in plan.totals:
        notes.fact(row.label, f"Quoter {row.quoter}, Halo {row.halo}")
    for warning in plan.warnings:
        notes.fact("Warning", f"{warning.path}: {warning.text}")
    notes.attention = bool(plan.problems)
    if plan.problems:
        notes.summary = plan.problems[0].message
    elif plan.empty:
        notes.summary = "Halo already agrees: there is nothing to write."
    else:
        notes.summary = "To do: " + ", ".join(intentions(plan)) + "."


def intentions(plan: Plan) -> list[str]:
    """Return what a plan does, in a few words each."""
    new_items = sum(isinstance(action, CreateItem) for action in plan.actions)
    texts = [f"create {new_items} product(s)"] if new_items else []
    for action in plan.actions:
        if isinstance(action, CreateClient):
            texts.append(f"create client {action.name} with {action.contact.name}")
        elif isinstance(action, CreateUser):
            texts.append(f"create {action.contact.name} at {action.client_name}")
        elif isinstance(action, CreateLead):
            texts.append(f"create a lead for {action.contact.name}")
        elif isinstance(action, CreateOpportunity):
            texts.append(f"create opportunity “{action.summary}”")
        elif isinstance(action, UpdateOpportunity):
            texts.append(f"bring opportunity #{action.id} in line")
        elif isinstance(action, SaveQuote):
            changes = f" ({len(action.changes)} difference(s))" if action.quote_id else ""
            texts.append(
                f"update Halo quote {action.quote_id}{changes}" if action.quote_id else "create a Halo quote"
            )
        elif isinstance(action, CloseQuote):
            texts.append(f"close Halo quote {action.quote_id}")
        elif isinstance(action, CreateSalesOrder):
            texts.append("create the sales order")
    return texts


def summarise(quote: Quote, plan: Plan, halo_quote: HaloQuote, order_id: int | None) -> str:
    """Return one sentence on what an attempt did."""
    save = next((action for action in plan.actions if isinstance(action, SaveQuote)), None)
    done = "agrees" if save is None else "was updated" if save.quote_id else "was created"
    totals = ", ".join(f"{row.label.lower()} {row.quoter} {quote.currency}".strip() for row in plan.totals)
    what = f"{len(quote.counted_lines)} line(s), {totals or 'no amount'}"
    text = f"Halo quote {halo_quote.id} {done}: {what}, verified."
    new_items = [action.line.name for action in plan.actions if isinstance(action, CreateItem)]
    if new_items:
        text += f" New products: {', '.join(new_items)}."
    if any(isinstance(action, CreateSalesOrder) for action in plan.actions):
        text += f" Sales order {order_id} was created."
    return text
