"""New clients, users and opportunities → the JSON that Halo takes (halo.md 3.2, 3.3)."""

from typing import Any

from integrations.domain.content import halo_address
from integrations.domain.directory import PostalLines
from integrations.domain.leads import CreateLead
from integrations.domain.preparations import CreateClient, CreateOpportunity, CreateUser, UpdateOpportunity
from integrations.domain.quote import Contact
from integrations.halo.payloads import day, number

Body = dict[str, Any]


def client_body(action: CreateClient, *, mapping: dict[str, str]) -> Body:
    """Return a new client; Halo makes its main site and contact along with it (halo.md 3.2) [I]."""
    contact = action.contact
    body: Body = {
        "name": action.name,
        "newclient_sitename": "Main",
        "newclient_contactname": contact.name,
        "newclient_contactemail": contact.email,
    }
    if phone := contact.work_phone or contact.mobile_phone:
        body["newclient_phonenumber"] = phone
    if contact.billing is not None:
        names = ("line1", "line2", "line3", "line4", "postcode")
        lines = dict(zip(names, halo_address(contact.billing, mapping), strict=True))
        if any(lines.values()):
            body["newclient_delivery_address"] = lines
        if contact.billing.country_code:
            body["newclient_countrycode"] = contact.billing.country_code
    return body


def user_body(action: CreateUser, *, site_id: int) -> Body:
    """Return a new user of a site."""
    contact = action.contact
    body: Body = {
        "site_id": site_id,
        "name": contact.name,
        "firstname": contact.first_name,
        "surname": contact.last_name,
        "emailaddress": contact.email,
    }
    return {**body, **phones_of(contact)}


def phones_of(contact: Contact) -> Body:
    """Return the contact's numbers under Halo's names."""
    pairs = {"phonenumber": contact.work_phone, "mobilenumber": contact.mobile_phone}
    return {name: value for name, value in pairs.items() if value}


def opportunity_body(action: CreateOpportunity) -> Body:
    """Return a new opportunity; Halo wants the site wherever there is a user (halo.md 3.3)."""
    body: Body = {
        **action.fields,
        "tickettype_id": action.type_id,
        "summary": action.summary,
        "user_id": action.user_id,
        # Two places for the marker: the summary is on every list, the address may not be.
        "opportunity_third_party_url": action.marker,
    }
    optional = {"site_id": action.site_id, "client_id": action.client_id, "agent_id": action.agent_id}
    body |= {name: value for name, value in optional.items() if value is not None}
    if action.value is not None:
        body["oppvalue"] = number(action.value)
    if action.target is not None:
        body["targetdate"] = day(action.target)
    if action.custom_fields:
        body["customfields"] = [{"id": id_, "value": value} for id_, value in action.custom_fields.items()]
    return body


def lead_body(action: CreateLead) -> Body:
    """Return a new lead: an opportunity with its own contact, and no client (halo.md 3.3); unverified [U]."""
    contact, address = action.contact, action.contact.billing
    words = {
        "oppcontactname": contact.name,
        "oppcompanyname": contact.organization,
        "oppemailaddress": contact.email,
        "opptel": contact.work_phone or contact.mobile_phone,
    }
    if address is not None:
        words |= {
            "oppaddr1": address.line1,
            "oppaddr2": address.line2,
            "oppaddr3": address.city,
            "oppaddr4": address.region or address.region_code,
            "opppostcode": address.postal_code,
            "oppcountry": address.country or address.country_code,
        }
    body: Body = {
        "tickettype_id": action.type_id,
        "summary": action.summary,
        "opportunity_third_party_url": action.marker,
        **{name: text for name, text in words.items() if text},
    }
    if action.agent_id is not None:
        body["agent_id"] = action.agent_id
    if action.value is not None:
        body["oppvalue"] = number(action.value)
    if action.target is not None:
        body["targetdate"] = day(action.target)
    return body


def opportunity_update(action: UpdateOpportunity) -> Body:
    """Return what changes on an opportunity."""
    body: Body = {"id": action.id}
    if action.value is not None:
        body["oppvalue"] = number(action.value)
    if action.probability is not None:
        body["oppconversionprobability"] = action.probability
    if action.status_id is not None:
        body["status_id"] = action.status_id
    return body


def user_update(user_id: int, *, phones: Body, lines: PostalLines | None) -> Body:
    """Return what changes on a user; that `primary_address` is written like this is unverified [I]."""
    body: Body = {"id": user_id, **phones}
    if lines is not None:
        body["primary_address"] = lines.model_dump()
    return body
