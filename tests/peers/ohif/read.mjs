// Reads our objects as the OHIF viewer does: dcmjs parses them, the adapters of Cornerstone make labelmaps of a SEG and
// walk the measurement groups of an SR, or write one. Prints one JSON object.
//
//     node read.mjs seg OBJECT IMAGE...      voxels by segment and image, tracking UID and label of each segment
//     node read.mjs draw IMAGE OUT           the viewer's own report of a length and a circle, for us to read
//     node read.mjs sr OBJECT                tracking identifier and UID, finding, segment and numbers of each group
import fs from 'node:fs'
import dcmjs from 'dcmjs'
import { metaData } from '@cornerstonejs/core'
import { adaptersSEG, adaptersSR } from '@cornerstonejs/adapters'

const { DicomMessage, DicomMetaDictionary } = dcmjs.data
const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value])

function bytes(path) {
  const read = fs.readFileSync(path)
  return read.buffer.slice(read.byteOffset, read.byteOffset + read.byteLength)
}

function dataset(path) {
  const { dict } = DicomMessage.readFile(bytes(path))
  return DicomMetaDictionary.naturalizeDataset(dict)
}

// What the viewer's metadata provider would say of an image, by the name of the module that it is asked for.
function modules(image) {
  const cosines = list(image.ImageOrientationPatient).map(Number)
  const spacing = list(image.PixelSpacing).map(Number)
  return {
    instance: image,
    generalSeriesModule: { seriesInstanceUID: image.SeriesInstanceUID, modality: image.Modality },
    generalImageModule: { sopInstanceUID: image.SOPInstanceUID },
    sopCommonModule: { sopInstanceUID: image.SOPInstanceUID, sopClassUID: image.SOPClassUID },
    imagePlaneModule: {
      frameOfReferenceUID: image.FrameOfReferenceUID,
      rows: image.Rows,
      columns: image.Columns,
      imageOrientationPatient: cosines,
      rowCosines: cosines.slice(0, 3),
      columnCosines: cosines.slice(3),
      imagePositionPatient: list(image.ImagePositionPatient).map(Number),
      pixelSpacing: spacing,
      rowPixelSpacing: spacing[0],
      columnPixelSpacing: spacing[1],
    },
    imagePixelModule: {
      bitsAllocated: image.BitsAllocated,
      bitsStored: image.BitsStored,
      highBit: image.HighBit,
      samplesPerPixel: 1,
      pixelRepresentation: image.PixelRepresentation,
      photometricInterpretation: image.PhotometricInterpretation,
    },
  }
}

async function segmentation(path, images) {
  const known = new Map(images.map((file) => dataset(file)).map((image) => [`image:${image.SOPInstanceUID}`, modules(image)]))
  const provider = { get: (module, id) => known.get(id)?.[module] }
  metaData.addProvider(provider.get)
  const made = await adaptersSEG.Cornerstone3D.Segmentation.createFromDICOMSegBuffer([...known.keys()], bytes(path), {
    metadataProvider: provider,
  })
  const voxels = {}
  for (const layer of made.labelMapImages) {
    for (const image of list(layer)) {
      const of = image.referencedImageId.slice('image:'.length)
      for (const label of image.voxelManager.getScalarData()) {
        if (label) {
          voxels[label] ??= {}
          voxels[label][of] = (voxels[label][of] ?? 0) + 1
        }
      }
    }
  }
  const segments = made.segMetadata.data.filter(Boolean).map((segment) => ({
    number: Number(segment.SegmentNumber),
    label: segment.SegmentLabel,
    tracking: segment.TrackingUID,
    voxels: voxels[segment.SegmentNumber] ?? {},
  }))
  return { segments, overlapping: Boolean(made.overlappingSegments ?? made.hasOverlappingSegments) }
}

function coded(item) {
  const code = list(item?.ConceptCodeSequence)[0]
  return code ? [code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning] : null
}

function number(item) {
  const name = list(item.ConceptNameCodeSequence)[0]
  const value = list(item.MeasuredValueSequence)[0]
  const unit = list(value.MeasurementUnitsCodeSequence)[0]
  return {
    name: [name.CodeValue, name.CodingSchemeDesignator],
    value: Number(value.FloatingPointValue ?? value.NumericValue),
    text: Number(value.NumericValue),
    unit: unit.CodeValue,
    scheme: unit.CodingSchemeDesignator,
    below: list(item.ContentSequence).filter((child) => child.ValueType === 'NUM').map(number),
  }
}

// The adapters know tools that draw on one image. A tool of ours, given by their hook, takes every other group.
const groups = {
  toolType: 'group',
  getMeasurementData(group) {
    const items = list(group.ContentSequence)
    const called = (meaning) => items.find((item) => list(item.ConceptNameCodeSequence)[0]?.CodeMeaning === meaning)
    const segment = list(called('Referenced Segment')?.ReferencedSOPSequence)[0]
    return {
      identifier: called('Tracking Identifier')?.TextValue,
      finding: coded(called('Finding')),
      site: coded(called('Finding Site')),
      segment: segment ? [segment.ReferencedSOPInstanceUID, Number(segment.ReferencedSegmentNumber)] : null,
      numbers: items.filter((item) => item.ValueType === 'NUM' && item.RelationshipType === 'CONTAINS').map(number),
    }
  },
}

function report(path) {
  const read = dataset(path)
  const { MeasurementReport } = adaptersSR.Cornerstone3D
  const provider = { get: () => undefined }
  const alone = MeasurementReport.generateToolState(read, {}, provider, {})
  const hooked = MeasurementReport.generateToolState(read, {}, provider, { getToolClass: () => groups })
  return { drawn: Object.keys(alone), groups: hooked.group ?? [] }
}

// An image with a length and a circle drawn on it, as the viewer would save them.
function drawing(path, out) {
  const image = dataset(path)
  const id = `image:${image.SOPInstanceUID}`
  const known = modules(image)
  const provider = { get: (module, of) => (of === id ? known[module] : undefined) }
  metaData.addProvider(provider.get)
  const [x, y, z] = known.imagePlaneModule.imagePositionPatient
  const tool = (toolName, label, points, stats) => ({
    metadata: { toolName, referencedImageId: id, FrameOfReferenceUID: image.FrameOfReferenceUID },
    data: { label, handles: { points }, cachedStats: { [`imageId:${id}`]: stats } },
    finding: { CodeValue: '27925004', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Nodule' },
    findingSites: [{ CodeValue: '39607008', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Lung' }],
  })
  const length = tool('Length', 'Lesion A', [[x + 8, y + 8, z], [x + 24, y + 20, z]], { length: 20, unit: 'mm' })
  const circle = tool('CircleROI', 'Lesion B', [[x + 32, y + 32, z], [x + 40, y + 32, z]], {
    area: 201.06,
    areaUnit: 'mm²',
    radius: 8,
    radiusUnit: 'mm',
    mean: -12.5,
    stdDev: 9.25,
    max: 40,
    min: -70,
    modalityUnit: 'HU',
  })
  const drawn = { [id]: { Length: { data: [length] }, CircleROI: { data: [circle] } } }
  const { dataset: made } = adaptersSR.Cornerstone3D.MeasurementReport.generateReport(drawn, provider, {})
  made._meta.TransferSyntaxUID ??= { Value: ['1.2.840.10008.1.2.1'], vr: 'UI' }
  fs.writeFileSync(out, Buffer.from(dcmjs.data.datasetToDict(made).write()))
  return { written: out }
}

const [what, path, ...images] = process.argv.slice(2)
const log = { log: console.log }
for (const level of ['log', 'info', 'warn', 'debug', 'error', 'trace']) console[level] = () => {}
const deeds = { seg: () => segmentation(path, images), sr: () => report(path), draw: () => drawing(path, images[0]) }
const said = await deeds[what]()
log.log(JSON.stringify(said))
