"""The problems, drugs, vaccines, procedures and allergies of the sandbox's people.

Problems in ICD-10-CM and SNOMED CT, drugs in RxNorm, vaccines in CVX, procedures in SNOMED CT.
"""

from datetime import date

from services.sandbox.fhir.codes import Allergy, Intervention, Medication, Problem, Vaccine, Who
from services.sandbox.fhir.labs import (
    CHOLESTEROL,
    CREATININE,
    DIABETES_CONTROL,
    FERRITIN,
    GLUCOSE,
    HBA1C,
    HEMATOCRIT,
    HEMOGLOBIN,
    IRON,
    KIDNEY,
    LDL,
    THYROID,
    TRIGLYCERIDES,
    TSH,
    UREA,
    URINE_ALBUMIN,
)

ONCE = "Take 1 tablet by mouth once daily"
AS_NEEDED = "Take 1 tablet by mouth every 6 hours as needed for pain"


def _tablets(
    rxnorm: str, display: str, dosage: str = ONCE, count: int = 90, days: int = 90
) -> Medication:
    return Medication(rxnorm, f"{display} Oral Tablet", dosage, count, "tablet", days)


LISINOPRIL = _tablets("314076", "lisinopril 10 MG")
AMLODIPINE = _tablets("197361", "amlodipine 5 MG")
ATORVASTATIN = _tablets("617310", "atorvastatin 20 MG", "Take 1 tablet by mouth at bedtime")
METFORMIN = _tablets(
    "861007", "metformin hydrochloride 500 MG", "Take 1 tablet twice daily with meals", 180
)
LEVOTHYROXINE = _tablets(
    "892246", "levothyroxine sodium 0.1 MG", "Take 1 tablet daily on an empty stomach"
)
SERTRALINE = _tablets("312941", "sertraline 50 MG")
ESCITALOPRAM = _tablets("349332", "escitalopram 10 MG")
APIXABAN = _tablets("1364445", "apixaban 5 MG", "Take 1 tablet by mouth twice daily", 180)
LORATADINE = _tablets("311372", "loratadine 10 MG")
SUMATRIPTAN = _tablets("313161", "sumatriptan 50 MG", "Take 1 tablet at onset of migraine", 9, 30)
IRON_TABLETS = _tablets("310325", "ferrous sulfate 325 MG", "Take 1 tablet daily with food")
IBUPROFEN = _tablets("197805", "ibuprofen 400 MG", AS_NEEDED, 30, 10)
ACETAMINOPHEN = _tablets("198440", "acetaminophen 500 MG", AS_NEEDED, 60)
OMEPRAZOLE = Medication(
    "198051",
    "omeprazole 20 MG Delayed Release Oral Capsule",
    "Take 1 capsule by mouth before breakfast",
    90,
    "capsule",
    90,
)
TAMSULOSIN = Medication(
    "863669",
    "tamsulosin hydrochloride 0.4 MG Oral Capsule",
    "Take 1 capsule by mouth once daily after the same meal",
    90,
    "capsule",
    90,
)
ALBUTEROL = Medication(
    "745679",
    "200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler",
    "Inhale 2 puffs every 4 to 6 hours as needed for wheezing",
    1,
    "inhaler",
    50,
)
AMOXICILLIN = Medication(
    "308191", "amoxicillin 500 MG Oral Capsule", "Take 1 capsule 3 times daily", 30, "capsule", 10
)
AMOXICILLIN_LIQUID = Medication(
    "308189",
    "amoxicillin 80 MG/ML Oral Suspension",
    "Give 5 mL by mouth twice daily",
    100,
    "mL",
    10,
)
AZITHROMYCIN = Medication(
    "308460",
    "azithromycin 250 MG Oral Tablet",
    "Take 2 tablets today, then 1 daily",
    6,
    "tablet",
    5,
)
NITROFURANTOIN = Medication(
    "1648755",
    "nitrofurantoin, macrocrystals 25 MG / nitrofurantoin, monohydrate 75 MG Oral Capsule",
    "Take 1 capsule by mouth twice daily",
    10,
    "capsule",
    5,
)

CHRONIC = (
    Problem("I10", "59621000", "Essential hypertension", Who(35), 0.38, (LISINOPRIL, AMLODIPINE)),
    Problem(
        "E78.5",
        "55822004",
        "Hyperlipidemia",
        Who(38),
        0.36,
        (ATORVASTATIN,),
        shifts={
            CHOLESTEROL.loinc: (185, 265),
            LDL.loinc: (115, 175),
            TRIGLYCERIDES.loinc: (120, 260),
        },
    ),
    Problem(
        "E11.9",
        "44054006",
        "Type 2 diabetes mellitus",
        Who(34),
        0.15,
        (METFORMIN,),
        (DIABETES_CONTROL, KIDNEY),
        {HBA1C.loinc: (6.5, 9.1), GLUCOSE.loinc: (112, 215), URINE_ALBUMIN.loinc: (8, 70)},
    ),
    Problem("E66.9", "414916001", "Obesity", Who(18), 0.2),
    Problem("J45.909", "195967001", "Asthma", Who(4), 0.09, (ALBUTEROL,)),
    Problem("K21.9", "235595009", "Gastroesophageal reflux disease", Who(25), 0.17, (OMEPRAZOLE,)),
    Problem(
        "E03.9",
        "40930008",
        "Hypothyroidism",
        Who(24),
        0.08,
        (LEVOTHYROXINE,),
        (THYROID,),
        {TSH.loinc: (1.2, 7.5)},
    ),
    Problem("F41.1", "21897009", "Generalized anxiety disorder", Who(14), 0.12, (ESCITALOPRAM,)),
    Problem("F32.A", "35489007", "Depressive disorder", Who(15), 0.11, (SERTRALINE,)),
    Problem("J30.9", "61582004", "Allergic rhinitis", Who(5), 0.17, (LORATADINE,)),
    Problem("L20.9", "24079001", "Atopic dermatitis", Who(0.5, 30), 0.1),
    Problem("G43.909", "37796009", "Migraine", Who(13, 60), 0.09, (SUMATRIPTAN,)),
    Problem("M17.9", "239873007", "Osteoarthritis of knee", Who(52), 0.26, (ACETAMINOPHEN,)),
    Problem("I48.91", "49436004", "Atrial fibrillation", Who(64), 0.13, (APIXABAN,)),
    Problem("I25.10", "53741008", "Coronary arteriosclerosis", Who(58), 0.13, (ATORVASTATIN,)),
    Problem(
        "N18.31",
        "700378005",
        "Chronic kidney disease stage 3A",
        Who(62),
        0.12,
        panels=(KIDNEY,),
        shifts={CREATININE.loinc: (1.25, 1.75), UREA.loinc: (20, 36)},
    ),
    Problem("J44.9", "13645005", "Chronic obstructive lung disease", Who(56), 0.08, (ALBUTEROL,)),
    Problem("M81.0", "64859006", "Osteoporosis", Who(62, sexes="F"), 0.24),
    Problem(
        "N40.0", "266569009", "Benign prostatic hyperplasia", Who(52, sexes="M"), 0.3, (TAMSULOSIN,)
    ),
    Problem("H26.9", "193570009", "Cataract", Who(64), 0.28),
    Problem(
        "D50.9",
        "87522002",
        "Iron deficiency anemia",
        Who(14, 52, "F"),
        0.1,
        (IRON_TABLETS,),
        (IRON,),
        {HEMOGLOBIN.loinc: (9.8, 12.2), HEMATOCRIT.loinc: (30, 37), FERRITIN.loinc: (4, 20)},
    ),
)

# Short illnesses: here `chance` is the weight of each among the others, `days` how long it lasts.
ACUTE = (
    Problem("J06.9", "54150009", "Upper respiratory infection", Who(0.2), 5, fever=True),
    Problem("J02.9", "363746003", "Acute pharyngitis", Who(12), 2, (AMOXICILLIN,), fever=True),
    Problem(
        "H66.90", "65363002", "Otitis media", Who(0.4, 11), 6, (AMOXICILLIN_LIQUID,), fever=True
    ),
    Problem(
        "J20.9", "10509002", "Acute bronchitis", Who(16), 2, (AZITHROMYCIN,), days=18, fever=True
    ),
    Problem("K52.9", "25374005", "Gastroenteritis", Who(0.5), 1.5, days=4),
    Problem("S93.409A", "44465007", "Sprain of ankle", Who(9, 70), 1.5, days=35),
    Problem("M54.50", "279039007", "Low back pain", Who(20), 3, (IBUPROFEN,), days=45),
    Problem(
        "N39.0", "68566005", "Urinary tract infection", Who(16, sexes="F"), 3, (NITROFURANTOIN,)
    ),
    Problem(
        "U07.1", "840539006", "COVID-19", Who(1), 2.5, since=date(2020, 4, 1), days=12, fever=True
    ),
    Problem("Z33.1", "77386006", "Pregnancy", Who(20, 40, "F"), 1, days=210),
)
NEWBORN_JAUNDICE = Problem("P59.9", "387712008", "Neonatal jaundice", Who(0, 0.1), 0.3, days=9)

VACCINES = (
    Vaccine("08", "Hep B, adolescent or pediatric", (0, 2, 6)),
    Vaccine("116", "rotavirus, pentavalent", (2, 4, 6)),
    Vaccine("20", "DTaP", (2, 4, 6, 15, 48)),
    Vaccine("48", "Hib (PRP-T)", (2, 4, 6, 12)),
    Vaccine("133", "Pneumococcal conjugate PCV 13", (2, 4, 6, 12)),
    Vaccine("10", "IPV", (2, 4, 6, 48)),
    Vaccine("03", "MMR", (12, 48)),
    Vaccine("21", "varicella", (12, 48)),
    Vaccine("83", "Hep A, ped/adol, 2 dose", (12, 18)),
    Vaccine("165", "HPV9", (132, 144)),
    Vaccine("114", "meningococcal MCV4P", (132, 192)),
    Vaccine("115", "Tdap", years=10, from_age=11),
    Vaccine("140", "Influenza, split virus, trivalent, PF", years=0.7, from_age=0.5, seasonal=True),
    Vaccine(
        "208",
        "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose",
        years=0.8,
        from_age=16,
        since=date(2021, 3, 1),
        until=date(2023, 4, 1),
    ),
    Vaccine(
        "309",
        "COVID-19, mRNA, LNP-S, PF, tris-sucrose, 30 mcg/0.3 mL",
        years=1.2,
        from_age=12,
        since=date(2023, 10, 1),
    ),
    Vaccine("187", "zoster recombinant", years=90, from_age=50, since=date(2018, 2, 1)),
    Vaccine("216", "Pneumococcal conjugate PCV20", years=90, from_age=65, since=date(2021, 10, 1)),
)

INTERVENTIONS = (
    Intervention("417491009", "Neonatal hearing test", Who(0, 0.05), 1),
    Intervention("29303009", "Electrocardiographic procedure", Who(45), 0.3, 1.5),
    Intervention("73761001", "Colonoscopy", Who(45, 80), 0.2, 10),
    Intervention("127783003", "Spirometry", Who(10), 0.04, 3),
    Intervention("71651007", "Mammography", Who(42, 78, "F"), 0.5, 1.8),
    Intervention(
        "171149006", "Screening for malignant neoplasm of cervix", Who(21, 66, "F"), 0.4, 3
    ),
    Intervention("80146002", "Excision of appendix", Who(8, 60), 0.006),
    Intervention("38102005", "Cholecystectomy", Who(30, 80), 0.008),
    Intervention("609588000", "Total replacement of knee joint", Who(62, 84), 0.012),
    Intervention("54885007", "Extraction of cataract", Who(68), 0.025),
    Intervention("236886002", "Hysterectomy", Who(40, 65, "F"), 0.006),
    Intervention("22523008", "Vasectomy", Who(30, 50, "M"), 0.01),
)

_HIVES = ("126485001", "Urticaria")
_RASH = ("271807003", "Eruption of skin")
_ANAPHYLAXIS = ("39579001", "Anaphylaxis")
_SNEEZING = ("76067001", "Sneezing")

ALLERGIES = (
    Allergy("91936005", "Allergy to penicillin", "medication", "high", _HIVES),
    Allergy("294505008", "Allergy to amoxicillin", "medication", "low", _RASH),
    Allergy("91935009", "Allergy to peanut", "food", "high", _ANAPHYLAXIS),
    Allergy("300913006", "Allergy to shellfish", "food", "high", _HIVES),
    Allergy("300916003", "Allergy to latex", "environment", "low", _RASH),
    Allergy("418689008", "Allergy to grass pollen", "environment", "low", _SNEEZING),
    Allergy("232350006", "Allergy to house dust mite", "environment", "low", _SNEEZING),
)
