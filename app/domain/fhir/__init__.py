"""FHIR R4 export: one package as a Bundle that another system can read; nothing here is imported (`domain.md` 12)."""
