"""The laboratory values and panels: LOINC codes, UCUM units, reference ranges of adults."""

from services.sandbox.fhir.codes import Analyte, Panel

GLUCOSE = Analyte("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", 70, 99)
CREATININE = Analyte("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 0.6, 1.2, 2)
UREA = Analyte("3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", "mg/dL", 7, 20)
HEMOGLOBIN = Analyte("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 12.1, 16.5, 1)
HEMATOCRIT = Analyte(
    "4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%", 36.5, 49, 1
)
CHOLESTEROL = Analyte("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "mg/dL", 125, 200)
LDL = Analyte(
    "13457-7",
    "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation",
    "mg/dL",
    50,
    130,
)
TRIGLYCERIDES = Analyte("2571-8", "Triglyceride [Mass/volume] in Serum or Plasma", "mg/dL", 45, 150)
HBA1C = Analyte("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 4.6, 5.6, 1)
TSH = Analyte("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "m[IU]/L", 0.4, 4.0, 2)
PSA = Analyte(
    "2857-1", "Prostate specific Ag [Mass/volume] in Serum or Plasma", "ng/mL", 0.2, 4.0, 2
)
URINE_ALBUMIN = Analyte("9318-7", "Albumin/Creatinine [Mass Ratio] in Urine", "mg/g", 2, 30)
FERRITIN = Analyte("2276-4", "Ferritin [Mass/volume] in Serum or Plasma", "ng/mL", 15, 200)
LEAD = Analyte("77307-7", "Lead [Mass/volume] in Venous blood", "ug/dL", 0.2, 3.5, 1)
BILIRUBIN = Analyte(
    "1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "mg/dL", 1.0, 11.5, 1
)


def _alone(analyte: Analyte) -> Panel:
    return Panel(analyte.loinc, analyte.display, (analyte,))


METABOLIC = Panel(
    "51990-0",
    "Basic metabolic panel - Blood",
    (
        Analyte("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", 136, 145),
        Analyte("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 3.5, 5.1, 1),
        Analyte("2075-0", "Chloride [Moles/volume] in Serum or Plasma", "mmol/L", 98, 107),
        Analyte(
            "2028-9", "Carbon dioxide, total [Moles/volume] in Serum or Plasma", "mmol/L", 22, 29
        ),
        UREA,
        CREATININE,
        GLUCOSE,
        Analyte("17861-6", "Calcium [Mass/volume] in Serum or Plasma", "mg/dL", 8.6, 10.2, 1),
    ),
)
BLOOD_COUNT = Panel(
    "58410-2",
    "CBC panel - Blood by Automated count",
    (
        Analyte(
            "6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*3/uL", 4.0, 11.0, 1
        ),
        Analyte(
            "789-8", "Erythrocytes [#/volume] in Blood by Automated count", "10*6/uL", 4.0, 5.7, 2
        ),
        HEMOGLOBIN,
        HEMATOCRIT,
        Analyte("777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL", 150, 400),
    ),
)
LIPIDS = Panel(
    "24331-1",
    "Lipid 1996 panel - Serum or Plasma",
    (
        CHOLESTEROL,
        TRIGLYCERIDES,
        Analyte("2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma", "mg/dL", 40, 75),
        LDL,
    ),
)
DIABETES_CONTROL, THYROID, PROSTATE = _alone(HBA1C), _alone(TSH), _alone(PSA)
KIDNEY, IRON, LEAD_SCREEN, JAUNDICE = (
    _alone(URINE_ALBUMIN),
    _alone(FERRITIN),
    _alone(LEAD),
    _alone(BILIRUBIN),
)
