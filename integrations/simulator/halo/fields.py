"""The field names that this Halo knows, by entity and JSON type; any other name is refused with its name.

A subset, written down by hand from Halo's published schemas; tests/simulator holds every name against them.
"""


def _names(**by_type: str) -> dict[str, str]:
    return {name: kind for kind, names in by_type.items() for name in names.split()}


CLIENT = _names(
    integer="id toplevel_id main_site_id pritech sectech accountmanagertech item_tax_code service_tax_code "
    "default_currency_code overridepdftemplatequote newclient_regioncode",
    string="name toplevel_name notes website datecreated accountsid accountsemailaddress trading_name "
    "main_site_name item_tax_code_name tax_number ref newclient_sitename newclient_contactname "
    "newclient_contactemail newclient_contacttitle newclient_phonenumber newclient_domain newclient_countrycode "
    "_warning",
    boolean="inactive is_account isclientdetails _isimport",
    array="customfields external_links",
    object="newclient_delivery_address new_external_link main_delivery_address main_invoice_address",
)

SITE = _names(
    integer="id maincontact_id region_code site_item_tax_code sla_id",
    number="client_id",
    string="name client_name clientsite_name phonenumber timezone notes country_code country_code_name "
    "region_code_name maincontact_name delivery_address_line1 delivery_address_line2 delivery_address_line3 "
    "delivery_address_line4 delivery_address_line5 datecreated ref accountsid newsite_contactname "
    "newsite_contactemail _warning",
    boolean="inactive invoice_address_isdelivery isinvoicesite isstocklocation issitedetails _isimport",
    array="customfields external_links",
    object="delivery_address invoice_address new_external_link",
)

ADDRESS = _names(
    integer="id type site_id user_id",
    number="lat long",
    string="description note line1 line2 line3 line4 postcode client_name site_name user_name user_email",
    boolean="primary inactive",
)

USER = _names(
    integer="id site_id_int client_id linked_agent_id relationship_id _email_collision",
    number="site_id",
    string="name firstname surname title emailaddress email2 email3 phonenumber phonenumber_preferred "
    "sitephonenumber homenumber mobilenumber mobilenumber2 fax site_name client_name login notes department "
    "other1 other2 other3 other4 other5 datecreated ulastupdate third_party_id _warning",
    boolean="inactive isserviceaccount isimportantcontact is_prospect neversendemails sendwelcomeemail "
    "isuserdetails _isimport _isopp",
    array="customfields addresses external_links",
    object="primary_address new_external_link",
)

OPPORTUNITY = _names(
    integer="id status_id tickettype_id client_id site_id user_id agent_id pipeline_stage_id source parent_id "
    "quotation_count salesorder_count oppclosurecategory priority_id",
    number="oppvalue oppprofit oppconversionprobability oppvalueadjusted",
    string="summary details details_html status_name tickettype_name client_name site_name user_name user_email "
    "agent_name team dateoccurred datecreated dateclosed lastactiondate last_update targetdate startdate "
    "pipeline_stage_name oppcontactname oppcompanyname oppemailaddress opptel oppaddr1 oppaddr2 oppaddr3 oppaddr4 "
    "opppostcode oppcountry oppregion opptype oppreason purchaseordernumber opportunity_third_party_url "
    "third_party_call_id third_party_id_string category_1 category_2 client_reference lastnote _warning",
    boolean="is_opportunity is_project deleted hasbeenclosed inactive _novalidate donotapplytemplateintheapi "
    "_forcereassign _agent01_ok _agent02_ok _validate_form _dont_fire_automations dont_do_rules _isimport",
    array="customfields attachments external_links",
    object="new_external_link",
)

ITEM = _names(
    integer="id status assetgroup_id assettype_id supplier_id taxcode taxcodeother linked_item_id type "
    "item_default_billing_period manufacturer_id primaryimageid purchase_currency_code created_by",
    number="baseprice costprice recurringprice recurringcost margin markupperc quantity_in_stock weight "
    "maxitemdiscount",
    string="use name description purchase_description note supplier_part_code default_supplier_part_code "
    "internalreference externalreference assetgroup_name assettype_name supplier_name taxcode_name accountsid "
    "nominalcode third_party_id manufacturer_name qbosku datecreated lastmodified user_description _warning",
    boolean="isrecurringitem iscontractitem taxable dont_track_stock doesnotneedconsigning isitemdetails "
    "promptforprice applydiscount _isimport",
    array="customfields item_suppliers external_links",
    object="new_external_link",
)

QUOTE = _names(
    integer="id ticket_id status user_id site_id client_id agent_id assigned_agent currency_code approvalstate "
    "internal_approval_status pdf_attachment_id pdftemplate_id salesorder_id new_ticket_status daystodeliver "
    "site_delivery_override contactuser _originalid _revision_from_id original_revised_from_id _importtypeid "
    "_match_integration_id",
    number="revenue tax_total total cost profit margin currency_conversion_rate carriage_price deliveryamount "
    "deliverytax",
    string="use title po_ref ponumber date expiry_date note scope risk user_name site_name client_name "
    "assigned_agent_name currency currency_code_name third_party_number third_party_url status_name approvalname "
    "approvalemailaddress approvaldatetime approvalnote createdbyagentname last_update_time ticket_summary "
    "carriage_desc pdftemplate_name billingcontactname billingcontactemailaddress billingcontactphonenumber "
    "so_number address1 address2 address3 address4 address5 deladdress1 deladdress2 deladdress3 deladdress4 "
    "deladdress5 _importtype _importthirdpartyid _match_thirdparty_id _match_integration_name _warning",
    boolean="_validateonly _novalidate _create_so _isimport _isclone _print_generate dontupdateporef "
    "automatic_sales_tax approval_start requires_approval is_quote_screen _remove_zero_quantity_lines",
    array="customfields lines external_links",
    object="address delivery_address new_external_link",
)

QUOTE_LINE = _names(
    integer="id sort_seq group_sort_seq qhid item_id billingperiod group_id supplier_id item_tax_code "
    "override_tax_code line_periods line_site_id stock_location cost_centre approval_status assetgroup_id",
    number="quantity price costprice baseprice discount discount_perc net_total tax total_price total_net_total "
    "total_tax total_discount total_costprice total_profit profit profit_percentage margin",
    string="productcode name description note startdate supplier_name item_internal_reference "
    "item_external_reference item_tax_name nominal_code quoter_id _warning",
    boolean="optional isgroupdesc printitem autorenew item_recurring item_taxable note_hidden hideitems "
    "ignoretaxcalc is_bundled_line _isimport",
    array="customfields one_optional_mandatory",
    object="new_external_link external_link",
)

ORDER = _names(
    integer="id ticket_id user_id site_id client_id assigned_agent quotation_id status open_status currency_code "
    "invoice_count purchaseorder_count pdftemplate_id createdby_agent_id",
    number="revenue tax_total total cost profit percentage_invoiced outstanding_total currency_conversion_rate "
    "deliveryamount deliverytax",
    string="use title user_name site_name client_name date ship_date note po_number summary currency "
    "createdbyagentname last_update_time deladdress1 deladdress2 deladdress3 deladdress4 deladdress5 _warning",
    boolean="_validateonly _novalidate _isimport do_not_invoice override_delivery_address is_so_screen",
    array="customfields lines external_links",
    object="delivery_address new_external_link",
)

ORDER_LINE = _names(
    integer="id salesorder_id sort_seq group_sort_seq item_id quotation_line_id billingperiod group_id "
    "supplier_id item_tax_code line_periods line_site_id stocklocation_id cost_centre",
    number="quantity price costprice baseprice discount discount_perc net_total tax total_price total_net_total "
    "total_tax total_discount total_costprice total_profit profit profit_percentage margin invoiced_quantity "
    "quantity_shipped quantity_reserved",
    string="productcode name note startdate supplier_name item_description item_tax_name _warning",
    boolean="isgroupdesc item_recurring line_recurring autorenew hideitems do_not_invoice_line _isimport",
    array="customfields",
)

ATTACHMENT = _names(
    integer="id type unique_id ticket_id filesize action_id user_id agent_id",
    string="filename data_base64 note third_party_id datecreated content_type link desc _warning",
    boolean="isimage showforusers _isimport",
)

# Actions are missing in the copy of Halo's document that is at hand; these names were seen in clients [U].
ACTION = _names(
    integer="id ticket_id outcome_id agent_id",
    string="note note_html outcome who datetime actionarrivaldate",
    boolean="hiddenfromuser important sendemail _isimport",
)

SUPPLIER = _names(
    integer="id toplevel_id default_currency_code",
    string="name toplevel_name contact_name email_address phone_number notes address website accounts_id "
    "portal_url datecreated use last_modified _warning",
    boolean="inactive issupplierdetails is_supplier is_manufacturer _isimport",
    array="customfields external_links",
    object="new_external_link",
)

ITEM_SUPPLIER = _names(
    integer="id item_id supplier_id client_id",
    number="price cost",
    string="guid supplier_name client_name note supplier_sku _warning",
    boolean="_is_new",
    array="filters",
)

AGENT = _names(
    integer="id licence_type",
    string="name email team firstname surname initials jobtitle datecreated",
    boolean="isapiagent isdisabled is_agent",
    array="teams roles",
)

APPROVAL = _names(
    integer="id",
    string="token approvalname approvalemailaddress approvalnote ponumber signature",
    boolean="result",
    array="optional_lines customfields",
)

GROUP = _names(
    integer="id sequence item_assettype_default item_billing_period_default",
    string="guid name memo nominalcode _warning",
    boolean="showasitem showasequip item_recurring_default",
    array="assettypes",
)

# Widths of Halo's columns: longer text is an error of its database, not a cut.
WIDTHS = {
    "third_party_number": 100,
    "third_party_url": 1000,
    "quoter_id": 100,
    "third_party_id": 200,
    "opportunity_third_party_url": 1000,
    "ponumber": 500,
}

SCHEMAS = {
    "Area": CLIENT,
    "Site": SITE,
    "AddressStore": ADDRESS,
    "Users": USER,
    "Faults": OPPORTUNITY,
    "Item": ITEM,
    "QuotationHeader": QUOTE,
    "QuotationDetail": QUOTE_LINE,
    "OrderHead": ORDER,
    "OrderLine": ORDER_LINE,
    "Attachment": ATTACHMENT,
    "QuotationApproval": APPROVAL,
    "Generic": GROUP,
    "Company": SUPPLIER,
    "ItemSupplier": ITEM_SUPPLIER,
    "Uname": AGENT,
}
"""Name of the schema in Halo's own OpenAPI document → the names known here."""
